import { readFileSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import type { Problems } from './problems.ts';

/** A change in a directory without a watch is noticed within about this time. */
const pollMs = 1000;

/** Directories that the operating system gives no watch for; they are listed again and again instead. */
export class Unwatched {
  readonly #clock: Clock;
  readonly #problems: Problems;
  readonly #poll: (dirs: readonly string[]) => void;
  readonly #dirs = new Set<string>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, problems: Problems, poll: (dirs: readonly string[]) => void) {
    this.#clock = clock;
    this.#problems = problems;
    this.#poll = poll;
  }

  has(dir: string): boolean {
    return this.#dirs.has(dir);
  }

  add(dir: string): void {
    this.#dirs.add(dir);
    this.#cancel ??= this.#clock.after(pollMs, () => this.#wake());
    this.#problems.report({
      path: '.',
      code: 'watch-limit',
      message: `The limit of inotify watches${limitWords()} is reached: part of the tree is compared every ${pollMs} ms instead`,
      cure: 'Run "sudo sysctl fs.inotify.max_user_watches=1048576 fs.inotify.max_user_instances=1024", or ignore large directories in .kdevignore.',
    });
  }

  drop(dir: string): void {
    if (this.#dirs.delete(dir) && this.#dirs.size === 0) this.#problems.resolve('.', 'watch-limit');
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#dirs.clear();
  }

  #wake(): void {
    this.#cancel = undefined;
    if (this.#dirs.size === 0) return;
    this.#poll([...this.#dirs]);
    this.#cancel = this.#clock.after(pollMs, () => this.#wake());
  }
}

function limitWords(): string {
  try {
    return ` (fs.inotify.max_user_watches = ${readFileSync('/proc/sys/fs/inotify/max_user_watches', 'utf8').trim()})`;
  } catch {
    // Only Linux has the file.
    return '';
  }
}
