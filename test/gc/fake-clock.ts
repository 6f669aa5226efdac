import type { Clock } from '../../src/core/clock.ts';

/** Time that goes on only by `pass`. */
export class FakeClock implements Clock {
  #elapsed = 0;
  readonly #timers: { readonly at: number; readonly run: () => void }[] = [];

  now(): number {
    return 1_790_000_000_000 + this.#elapsed;
  }

  monotonic(): number {
    return this.#elapsed;
  }

  after(ms: number, run: () => void): () => void {
    const timer = { at: this.#elapsed + ms, run };
    this.#timers.push(timer);
    return () => {
      const index = this.#timers.indexOf(timer);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  /** Timer by timer, with everything that follows from each. */
  async pass(ms: number): Promise<void> {
    const end = this.#elapsed + ms;
    for (;;) {
      await settled();
      const [due] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (due === undefined) break;
      this.#timers.splice(this.#timers.indexOf(due), 1);
      this.#elapsed = due.at;
      due.run();
    }
    this.#elapsed = end;
  }
}

/** What is on its way without a timer has come. */
export async function settled(): Promise<void> {
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve));
}
