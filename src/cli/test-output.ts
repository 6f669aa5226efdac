import { Writable } from 'node:stream';
import { wantsColours } from '../output/style.ts';
import { eventOutput, type SuiteOutput } from '../testing/output.ts';
import type { Invocation, Surroundings } from './command.ts';

/**
 * Where suites print: as events with `--json`, else just as they do, on a terminal of their own where there is one
 * here that shows colours.
 *
 * @param wantsReport a report quotes what was printed, so tools are not asked to draw on a terminal
 */
export function testOutput(invocation: Invocation, wantsReport: boolean): SuiteOutput {
  const { flags, bus, surroundings } = invocation;
  if (flags.json) return eventOutput(bus, false);
  const { stdout, stderr, env } = surroundings;
  const hasTerminal = wantsColours(stdout, env) && !wantsReport;
  return {
    ...(hasTerminal && { terminal: (signal: AbortSignal) => sizesOf(stdout, signal) }),
    colours: false,
    open: () => ({ stdout: passOn(stdout, invocation), stderr: passOn(stderr, invocation) }),
  };
}

/** Hands bytes on as they come, and begins a new line at the end where there is none. */
function passOn(stream: Writable & { readonly isTTY?: boolean }, { signal, answer }: Invocation): Writable {
  let lastByte = 10;
  let told = false;
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (signal.aborted && stream.isTTY === true && !told) {
        told = true;
        // Takes away the line that says that the end has begun.
        answer('');
      }
      lastByte = chunk.at(-1) ?? lastByte;
      stream.write(chunk, () => done());
    },
    final: (done) => {
      if (lastByte !== 10) stream.write('\n');
      done();
    },
  });
}

async function* sizesOf(
  stdout: Surroundings['stdout'],
  signal: AbortSignal,
): AsyncGenerator<{ readonly columns: number; readonly rows: number }> {
  while (!signal.aborted) {
    yield { columns: stdout.columns || 80, rows: stdout.rows || 24 };
    await new Promise<void>((resolve) => {
      const done = (): void => {
        stdout.off('resize', done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      stdout.once('resize', done);
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
