import type { Clock } from '../core/clock.ts';

/** How often everything is compared while nothing happens. */
const idleCompareMs = 30_000;
/** Comparing takes at most one part in this many of the time. */
const idleShare = 250;
const tickMs = 5000;
/** A wall clock this much ahead of the monotonic one, or a timer this late: the machine slept or the process stood still. */
const jumpMs = 3000;

/** Starts a comparison of everything after a sleep, and slowly while nothing happens. Hints may always be missing. */
export class SafetyNet {
  readonly #clock: Clock;
  readonly #compare: () => void;
  #cancel: (() => void) | undefined;
  #comparedAt: number;
  #hintAt: number;
  #tickAt: { readonly wall: number; readonly monotonic: number };
  #lastTookMs = 0;

  constructor(clock: Clock, compare: () => void) {
    this.#clock = clock;
    this.#compare = compare;
    this.#comparedAt = clock.monotonic();
    this.#hintAt = this.#comparedAt;
    this.#tickAt = { wall: clock.now(), monotonic: this.#comparedAt };
  }

  start(): void {
    this.#tickAt = { wall: this.#clock.now(), monotonic: this.#clock.monotonic() };
    this.#cancel = this.#clock.after(tickMs, () => this.#tick());
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  noteHint(): void {
    this.#hintAt = this.#clock.monotonic();
  }

  noteCompared(tookMs: number): void {
    this.#comparedAt = this.#clock.monotonic();
    this.#lastTookMs = tookMs;
  }

  #tick(): void {
    const monotonic = this.#clock.monotonic();
    const wall = this.#clock.now();
    const steady = monotonic - this.#tickAt.monotonic;
    const jumped = wall - this.#tickAt.wall - steady > jumpMs || steady - tickMs > jumpMs;
    const wait = Math.max(idleCompareMs, this.#lastTookMs * idleShare);
    const idle = monotonic - this.#comparedAt >= wait && monotonic - this.#hintAt >= tickMs;
    this.#tickAt = { wall, monotonic };
    if (jumped || idle) this.#compare();
    this.#cancel = this.#clock.after(tickMs, () => this.#tick());
  }
}
