import { systemClock } from '../core/clock.ts';
import { KdevError, messageOf } from '../core/error.ts';
import type { Reporter } from '../core/reporter.ts';
import { createBus, type EventBus } from '../output/bus.ts';
import { errorText } from '../output/error-text.ts';
import { eventReporter } from '../output/event-reporter.ts';
import { jsonLines } from '../output/json-lines.ts';
import { plainLog } from '../output/plain-log.ts';
import { createStyle, type Style, wantsColours } from '../output/style.ts';
import { createTerminal } from '../output/terminal.ts';
import type { Command, CommonFlags, Surroundings } from './command.ts';

/** How one command talks: where its events, its answer and its errors go. */
export interface Voice {
  readonly bus: EventBus;
  readonly reporter: Reporter;
  /** For what goes to stdout. */
  readonly style: Style;
  answer(text: string): void;
  /** Nothing is told in lines until the returned function is called; somebody else shows what happens. */
  hush(): () => void;
  /** To be called when the work is interrupted, before anything ends. */
  interrupted(): void;
  /** The last words of a command that failed. */
  fail(error: unknown): void;
  /** The last event of a command whose events are its result; gives the terminal's last line back. */
  end(exitCode: number, reason: string): void;
}

/** Wires bus, sinks and streams for one command, before it runs. */
export function openVoice(
  output: Command['output'],
  flags: Pick<CommonFlags, 'json' | 'verbose'>,
  { stdout, stderr, env }: Pick<Surroundings, 'stdout' | 'stderr' | 'env'>,
): Voice {
  const bus = createBus(systemClock);
  const events = output === 'events';
  const json = events && flags.json;
  const stream = events && !flags.json ? stdout : stderr;
  const colours = wantsColours(stream, env);
  const terminal = createTerminal({
    write: (text) => void stream.write(text),
    isTTY: stream.isTTY === true && env['TERM'] !== 'dumb',
    columns: () => stream.columns || 80,
    clock: systemClock,
    style: createStyle(colours),
  });
  if (json) bus.listen(jsonLines((text) => void stdout.write(text)));
  const listen = (): (() => void) =>
    bus.listen(plainLog({ terminal, style: createStyle(colours), colours, verbose: flags.verbose }));
  let stopListening: (() => void) | undefined = json ? undefined : listen();
  let hushed = false;
  let wasInterrupted = false;
  const reporter = eventReporter(bus, {
    ...(flags.verbose && { onDetail: (text: string) => terminal.print(`  ${text}`) }),
  });
  return {
    bus,
    reporter,
    style: createStyle(wantsColours(stdout, env)),
    answer: (text) => {
      terminal.close();
      stdout.write(`${text}\n`);
    },
    hush: () => {
      hushed = true;
      stopListening?.();
      terminal.close();
      return () => {
        if (!hushed) return;
        hushed = false;
        if (!json) stopListening = listen();
        if (wasInterrupted) terminal.interrupted();
      };
    },
    interrupted: () => {
      wasInterrupted = true;
      if (!hushed) terminal.interrupted();
    },
    fail: (error) => {
      terminal.close();
      if (json) bus.emit(problemOf(error));
      const style = createStyle(wantsColours(stderr, env));
      const columns = stderr.isTTY ? stderr.columns || 80 : undefined;
      stderr.write(`${errorText(error, style, flags.verbose, columns)}\n`);
    },
    end: (exitCode, reason) => {
      if (events) bus.emit({ event: 'end', exitCode, reason });
      terminal.close();
    },
  };
}

function problemOf(error: unknown) {
  const known = error instanceof KdevError ? error : undefined;
  const code = known?.code ?? 'bug';
  const message = [known?.what ?? messageOf(error), known?.why].filter((text) => text !== undefined);
  return {
    event: 'problem' as const,
    key: code,
    code,
    message: message.join('\n'),
    ...(known?.cure !== undefined && { cure: known.cure }),
    ...(known?.where !== undefined && { path: known.where }),
    resolved: false,
  };
}
