import type { LogEntry } from './log-entry.ts';
import type { LogStore } from './log-store.ts';

/** How many entries that are gone are let stand before the list is made shorter. */
const slack = 4_096;

/**
 * The lines of a store for which `test` holds, kept up to date at the cost of the new ones alone. A line's ordinal
 * stays the same while older ones go.
 */
export class LogSelection {
  readonly #store: LogStore;
  readonly #test: (entry: LogEntry) => boolean;
  #entries: LogEntry[] = [];
  /** Ordinal of `#entries[0]`. */
  #base = 0;
  /** Index in `#entries` of the oldest that is still kept. */
  #head = 0;
  #seen: number;
  #frozen = false;

  /** @param from `seq` of the first line that is looked at */
  constructor(store: LogStore, test: (entry: LogEntry) => boolean, from = 0) {
    this.#store = store;
    this.#test = test;
    this.#seen = from;
    this.update();
  }

  /** Takes in what has come and lets go what the store has dropped; not when it is frozen. */
  update(): void {
    if (this.#frozen) return;
    const { first, next } = this.#store;
    for (let seq = Math.max(this.#seen, first); seq < next; seq++) {
      const entry = this.#store.at(seq);
      if (entry && this.#test(entry)) this.#entries.push(entry);
    }
    this.#seen = Math.max(this.#seen, next);
    while (this.#head < this.#entries.length && (this.#entries[this.#head]?.seq ?? 0) < first)
      this.#head += 1;
    if (this.#head < slack) return;
    this.#entries = this.#entries.slice(this.#head);
    this.#base += this.#head;
    this.#head = 0;
  }

  /** Stays as it is from now on; lines that the store drops stay in it. */
  freeze(): void {
    this.#frozen = true;
  }

  /** Ordinal of the oldest. */
  get first(): number {
    return this.#base + this.#head;
  }

  /** Ordinal behind the newest. */
  get end(): number {
    return this.#base + this.#entries.length;
  }

  at(ordinal: number): LogEntry | undefined {
    return ordinal < this.first ? undefined : this.#entries[ordinal - this.#base];
  }

  /** Ordinal of the first line whose `seq` is at least this; `end` where there is none. */
  ordinalOf(seq: number): number {
    let low = this.first;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.at(middle)?.seq ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
