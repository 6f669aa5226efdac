import { spawn } from 'node:child_process';
import { KdevError } from '../core/error.ts';

export interface FileLock {
  /** Lets the next one in. Never fails; a second call does nothing. */
  release(): Promise<void>;
}

/**
 * Holds an exclusive lock on `file` (made when missing; its folder must exist). The kernel keeps the lock, through
 * flock(1) of util-linux whose standard input is a pipe from this process: when this process ends in whatever way,
 * the pipe closes and the lock is free.
 *
 * Blocks until the lock is free; `onWait` is called once when that is not at once.
 *
 * @throws the signal's reason when aborted while waiting; KdevError `lock-failed`.
 */
export async function lockFile(
  file: string,
  options: { readonly onWait?: () => void; readonly signal?: AbortSignal | undefined } = {},
): Promise<FileLock> {
  const atOnce = await tryLock(file, ['--nonblock'], options.signal);
  if (atOnce) return atOnce;
  options.onWait?.();
  const later = await tryLock(file, [], options.signal);
  if (later) return later;
  throw new KdevError({
    code: 'lock-failed',
    fault: 'environment',
    what: `Could not lock ${file}.`,
    why: 'flock(1) ended without the lock.',
    cure: `See that the folder of ${file} can be written to.`,
  });
}

/** Of util-linux; essential on Debian. */
const program = 'flock';
const conflict = 75;

function tryLock(
  file: string,
  flags: readonly string[],
  signal: AbortSignal | undefined,
): Promise<FileLock | undefined> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason as Error);
      return;
    }
    // Detached: a Ctrl-C in the terminal must not free the lock while the holder still cleans up.
    const args = [
      '--exclusive',
      '--no-fork',
      '--conflict-exit-code',
      String(conflict),
      ...flags,
      file,
      'sh',
      '-c',
      'echo locked; exec cat',
    ];
    const holder = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    let said = '';
    holder.stdin.on('error', () => undefined);
    holder.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const onAbort = (): void => {
      holder.kill('SIGKILL');
      reject(signal?.reason as Error);
    };
    const gone = new Promise<void>((done) => holder.once('close', () => done()));
    signal?.addEventListener('abort', onAbort, { once: true });
    holder.stdout.once('data', () => {
      signal?.removeEventListener('abort', onAbort);
      holder.unref();
      resolve({
        release: async () => {
          holder.ref();
          holder.stdin.end();
          await gone;
        },
      });
    });
    holder.once('error', (cause) => reject(lockError(file, cause.message, cause)));
    holder.once('exit', (code) => {
      signal?.removeEventListener('abort', onAbort);
      if (code === conflict) resolve(undefined);
      else if (code !== 0) reject(lockError(file, said.trim()));
    });
  });
}

function lockError(file: string, why: string, cause?: unknown): KdevError {
  return new KdevError({
    code: 'lock-failed',
    fault: 'environment',
    what: `Could not lock ${file}.`,
    why,
    cure: `See that the folder of ${file} can be written to and that flock(1) (package util-linux) is installed.`,
    cause,
  });
}
