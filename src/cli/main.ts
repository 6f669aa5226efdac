import { exitCodeOf } from '../core/error.ts';
import type { CommonFlags, Surroundings } from './command.ts';
import { Interrupted, listenForInterruption } from './interruption.ts';
import { readCommandLine } from './program.ts';
import { readVersion } from './version.ts';

/**
 * From a command line to an exit code: read it, give the command its voice and a signal that Ctrl-C aborts, run it,
 * say how it ended. Nothing else in kdev decides about the exit code.
 */
async function run(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const interruption = listenForInterruption(process, (exitCode) => {
    giveTerminalBack();
    process.exit(exitCode);
  });
  // Whoever read our output has gone (`kdev logs | head`): the same as the signal that other programs get.
  surroundings.stdout.on('error', () => interruption.abort('SIGPIPE'));
  surroundings.stderr.on('error', () => undefined);
  const early: Pick<CommonFlags, 'json' | 'verbose'> = { json: false, verbose: argv.includes('--verbose') };
  let request: ReturnType<typeof readCommandLine>;
  try {
    request = readCommandLine(argv, readVersion());
  } catch (error) {
    const { openVoice } = await import('./voice.ts');
    openVoice('answer', early, surroundings).fail(error);
    return exitCodeOf(error);
  }
  if (request.type === 'text') {
    surroundings.stdout.write(request.text);
    return 0;
  }

  const { openVoice } = await import('./voice.ts');
  const { command, args, rest, flags, options } = request;
  const answers = command.answersWith !== undefined && options[command.answersWith] === true;
  const voice = openVoice(answers ? 'answer' : command.output, flags, surroundings);
  const { bus, reporter, style, answer, hush } = voice;
  const { signal, foreground } = interruption;
  // As from outside: the second one ends at once.
  const interrupt = (signalName: NodeJS.Signals): void => void process.emit(signalName, signalName);
  if (signal.aborted) voice.interrupted();
  else signal.addEventListener('abort', () => voice.interrupted(), { once: true });
  const endAsBug = (error: unknown): void => {
    voice.fail(error);
    giveTerminalBack();
    process.exit(exitCodeOf(error));
  };
  process.on('uncaughtException', endAsBug);
  process.on('unhandledRejection', endAsBug);
  try {
    const code = await command.run({
      ...{ args, rest, flags, options, signal, surroundings },
      ...{ bus, reporter, style, answer, hush, interrupt, foreground },
    });
    const ended = signal.aborted ? (signal.reason as Interrupted) : undefined;
    const exitCode = ended?.exitCode ?? code;
    voice.end(exitCode, ended?.message ?? (code === 0 ? 'done' : 'the answer is no'));
    return exitCode;
  } catch (error) {
    if (signal.aborted && signal.reason instanceof Interrupted) {
      voice.end(signal.reason.exitCode, signal.reason.message);
      return signal.reason.exitCode;
    }
    voice.fail(error);
    const exitCode = exitCodeOf(error);
    voice.end(exitCode, error instanceof Error ? error.message : String(error));
    return exitCode;
  }
}

/** Where nobody had the time to do it: line mode, an empty line, visible cursor, plain colours. */
function giveTerminalBack(): void {
  if (process.stdin.isTTY) process.stdin.setRawMode(false);
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[2K\x1b[?25h\x1b[0m');
}

/** Resolves when what was written has left the process; pipes are written in the background. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.writableLength === 0 || stream.destroyed) resolve();
    else {
      stream.once('error', () => resolve());
      stream.write('', () => resolve());
    }
  });
}

const exitCode = await run(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
});
await Promise.all([flush(process.stdout), flush(process.stderr)]);
process.exit(exitCode);
