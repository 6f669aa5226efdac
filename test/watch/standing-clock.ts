import { type Clock, systemClock } from '../../src/core/clock.ts';

/** A clock whose monotonic time stands still until it is told to go: whatever the machine does meanwhile takes none. */
export class StandingClock implements Clock {
  readonly now = systemClock.now;
  readonly after = systemClock.after;
  #time = systemClock.monotonic();
  #wentAt: number | undefined;

  monotonic(): number {
    return this.#wentAt === undefined ? this.#time : this.#time + systemClock.monotonic() - this.#wentAt;
  }

  go(): void {
    this.#wentAt ??= systemClock.monotonic();
  }

  stand(): void {
    this.#time = this.monotonic();
    this.#wentAt = undefined;
  }
}
