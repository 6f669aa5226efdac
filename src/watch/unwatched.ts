import { readFileSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import type { Problems } from './problems.ts';

/** A change in a directory without a watch is noticed within about this time; later where listing takes long. */
const pollMs = 1000;
const listingShare = 4;

/** Directories that the operating system gives no watch for; they are listed again and again instead. */
export class Unwatched {
  readonly #clock: Clock;
  readonly #problems: Problems;
  readonly #poll: (dirs: readonly string[]) => void;
  readonly #dirs = new Set<string>();
  #isFull = false;
  #listingSince: number | undefined;
  #lastTookMs = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, problems: Problems, poll: (dirs: readonly string[]) => void) {
    this.#clock = clock;
    this.#problems = problems;
    this.#poll = poll;
  }

  /** The system refused a watch since the last round: asking again is no use yet. */
  get isFull(): boolean {
    return this.#isFull;
  }

  isWorthTrying(dir: string): boolean {
    return !this.#isFull && this.#dirs.has(dir);
  }

  add(dir: string): void {
    this.#isFull = true;
    this.#dirs.add(dir);
    this.#wakeLater();
    this.#problems.report({
      path: '.',
      code: 'watch-limit',
      message: `The limit of inotify watches${limitWords()} is reached: part of the tree is compared every second or so instead`,
      cure: 'Run "sudo sysctl fs.inotify.max_user_watches=1048576 fs.inotify.max_user_instances=1024", or ignore large directories in .kdevignore.',
    });
  }

  drop(dir: string): void {
    if (!this.#dirs.delete(dir) || this.#dirs.size > 0) return;
    this.#isFull = false;
    this.#problems.resolve('.', 'watch-limit');
  }

  /** All directories of the last round were listed. */
  noteListed(): void {
    if (this.#listingSince === undefined) return;
    this.#lastTookMs = this.#clock.monotonic() - this.#listingSince;
    this.#listingSince = undefined;
    this.#wakeLater();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#dirs.clear();
  }

  #wakeLater(): void {
    if (this.#listingSince !== undefined || this.#dirs.size === 0) return;
    this.#cancel ??= this.#clock.after(Math.max(pollMs, this.#lastTookMs * listingShare), () => this.#wake());
  }

  #wake(): void {
    this.#cancel = undefined;
    if (this.#dirs.size === 0) return;
    this.#isFull = false;
    this.#listingSince = this.#clock.monotonic();
    this.#poll([...this.#dirs]);
  }
}

function limitWords(): string {
  try {
    const values = ['max_user_watches', 'max_user_instances'].map(
      (name) => `${name} = ${readFileSync(`/proc/sys/fs/inotify/${name}`, 'utf8').trim()}`,
    );
    return ` (fs.inotify.${values.join(', ')})`;
  } catch {
    // Only Linux has the file.
    return '';
  }
}
