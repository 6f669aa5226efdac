import { type ChildProcess, spawn } from 'node:child_process';
import { type Fault, KdevError } from '../core/error.ts';
import type { Reporter } from '../core/reporter.ts';
import { splitLines } from './split-lines.ts';

/** How many of a failed tool's last lines go into the error. */
const tailLines = 15;
/** How long a tool may take to clean up after TERM before it is killed. */
const graceMs = 3_000;

export interface ToolRun {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment of the tool. @default this process's own */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Written to the tool's standard input, which is then closed. @default nothing */
  readonly input?: string;
  /** Each line the tool prints, on either stream, becomes a `detail`. */
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
  /** What the error says when the tool fails; the tail of its output becomes the `why`. */
  readonly failure: {
    readonly code: string;
    readonly what: string;
    readonly cure?: string;
    /** @default 'environment' */
    readonly fault?: Fault;
  };
}

/**
 * Runs a program to its end, in a process group of its own so that an abort reaches its children too.
 *
 * @returns what it printed on standard output, up to 16 MiB from the end.
 * @throws KdevError with `failure.code` when it exits other than 0; the signal's reason when aborted, after the
 * program is gone; `tool-missing` when there is no such program.
 */
export async function runTool(run: ToolRun): Promise<{ readonly stdout: string }> {
  run.signal?.throwIfAborted();
  const child = spawn(run.command, run.args, {
    cwd: run.cwd,
    env: run.env === undefined ? process.env : { ...run.env },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  // A tool that ends without reading its input makes this pipe fail; its exit code tells the story.
  child.stdin.on('error', () => undefined);
  child.stdin.end(run.input ?? '');

  const tail: string[] = [];
  const onLine = (line: string): void => {
    tail.push(line);
    if (tail.length > tailLines) tail.shift();
    run.reporter.detail(line);
  };
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout = (stdout + text).slice(-16 * 1024 * 1024);
  });
  splitLines(child.stdout, onLine);
  splitLines(child.stderr.setEncoding('utf8'), onLine);

  const stopKilling = killOnAbort(child, run.signal);
  try {
    const end = await endOf(child, run.command);
    run.signal?.throwIfAborted();
    if (end !== 'exit code 0') throw failed(run, end, tail);
    return { stdout };
  } finally {
    stopKilling();
  }
}

function endOf(child: ChildProcess, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', (cause: NodeJS.ErrnoException) => {
      reject(
        new KdevError({
          code: cause.code === 'ENOENT' ? 'tool-missing' : 'tool-not-started',
          fault: 'environment',
          what: `Could not start ${command}: ${cause.message}.`,
          cure: `Install ${command} and see that it is on PATH.`,
          cause,
        }),
      );
    });
    child.once('close', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  });
}

function killOnAbort(child: ChildProcess, signal: AbortSignal | undefined): () => void {
  const { pid } = child;
  if (!signal || pid === undefined) return () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const kill = (name: NodeJS.Signals): void => {
    try {
      process.kill(-pid, name);
    } catch {
      // The group is gone already.
    }
  };
  const onAbort = (): void => {
    kill('SIGTERM');
    timer = setTimeout(() => kill('SIGKILL'), graceMs);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  return () => {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
  };
}

function failed(run: ToolRun, end: string, tail: readonly string[]): KdevError {
  const said = tail.length === 0 ? 'It printed nothing.' : `Its last lines:\n${tail.join('\n')}`;
  return new KdevError({
    code: run.failure.code,
    fault: run.failure.fault ?? 'environment',
    what: run.failure.what,
    why: `${run.command} ended with ${end}. ${said}`,
    ...(run.failure.cure === undefined ? {} : { cure: run.failure.cure }),
  });
}
