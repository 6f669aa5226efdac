import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { KdevError } from '../core/error.ts';

/**
 * Runs a program on this process's own terminal and resolves with its exit code, 128 + n when signal n ended it. An
 * abort is passed on to it as TERM.
 */
export function runInForeground(argv: readonly string[], signal: AbortSignal): Promise<number> {
  const [command = '', ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit' });
    const onAbort = (): void => void child.kill('SIGTERM');
    signal.addEventListener('abort', onAbort, { once: true });
    child.once('error', (cause) => {
      signal.removeEventListener('abort', onAbort);
      reject(
        new KdevError({
          code: 'tool-missing',
          fault: 'environment',
          what: `Could not start ${command}: ${cause.message}.`,
          cure: `Install ${command} and see that it is on PATH.`,
          cause,
        }),
      );
    });
    child.once('exit', (code, name) => {
      signal.removeEventListener('abort', onAbort);
      resolve(code ?? 128 + (name === null ? 0 : constants.signals[name]));
    });
  });
}
