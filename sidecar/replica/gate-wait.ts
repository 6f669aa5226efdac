import type { Clock } from '../../src/core/clock.ts';

export interface GateWaitOptions {
  readonly waitMs: number;
  readonly clock: Clock;
  /** The wait is over: nobody came. */
  readonly onOver: () => void;
}

/** How long a container without session and journal holds its app back. */
export class GateWait {
  readonly #options: GateWaitOptions;
  #cancel: (() => void) | undefined;

  constructor(options: GateWaitOptions) {
    this.#options = options;
  }

  /** Begins to wait when it is `needed` and does not yet; stops when it is no longer. */
  update(needed: boolean): void {
    if (!needed) {
      this.#cancel?.();
      this.#cancel = undefined;
    } else if (this.#cancel === undefined) {
      this.#cancel = this.#options.clock.after(this.#options.waitMs, () => {
        this.#cancel = undefined;
        this.#options.onOver();
      });
    }
  }
}
