import type { Clock } from '../core/clock.ts';

/**
 * How long a path that was found newly empty, missing or changing must be quiet before that is believed. Editors
 * truncate and write, or move the old file away and write a new one, within a few ms; git, compilers and slow disks
 * take up to about 20 ms between the two; a person does not notice 30 ms when something is deleted.
 */
export const restMs = 30;

/** Paths in motion. Each new hint of a path starts its time again. */
export class Resting {
  readonly #clock: Clock;
  readonly #onQuiet: (paths: readonly string[]) => void;
  /** By path the monotonic time it may be believed at; in the order of these times. */
  readonly #until = new Map<string, number>();
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, onQuiet: (paths: readonly string[]) => void) {
    this.#clock = clock;
    this.#onQuiet = onQuiet;
  }

  get size(): number {
    return this.#until.size;
  }

  add(path: string): void {
    this.#until.delete(path);
    this.#until.set(path, this.#clock.monotonic() + restMs);
    this.#cancel ??= this.#clock.after(restMs, () => this.#wake());
  }

  drop(path: string): void {
    this.#until.delete(path);
  }

  /** Everything that rests, which it forgets. */
  takeAll(): readonly string[] {
    const paths = [...this.#until.keys()];
    this.stop();
    return paths;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#until.clear();
  }

  #wake(): void {
    this.#cancel = undefined;
    const now = this.#clock.monotonic();
    const quiet: string[] = [];
    for (const [path, until] of this.#until) {
      // A timer may be early by a fraction of a millisecond.
      if (until > now + 1) {
        this.#cancel = this.#clock.after(until - now, () => this.#wake());
        break;
      }
      quiet.push(path);
    }
    for (const path of quiet) this.#until.delete(path);
    if (quiet.length > 0) this.#onQuiet(quiet);
  }
}
