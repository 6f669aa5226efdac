import type { Clock } from '../core/clock.ts';
import { leaseSeconds, type SeenLease } from './lease-objects.ts';

/** Who holds a Lease, as only whoever wrote it can read it: see `src/compose/lease-holder.ts`. */
export interface HolderWords {
  /** What this process writes of itself. */
  readonly mine: string;
  /** For people: `anna on lena-laptop`. */
  describe(holder: string): string;
  /** Whether that process runs; undefined for one of another machine. */
  lives(holder: string): boolean | undefined;
}

/**
 * Tells the dead from the living without comparing clocks: a holder is dead when its process is gone from this
 * machine, or when its Lease did not change for its whole duration while this one looked.
 */
export class LeaseWatch {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #words: HolderWords;
  readonly #seen = new Map<string, { readonly version: string; readonly at: number }>();

  constructor(clock: Pick<Clock, 'monotonic'>, words: HolderWords) {
    this.#clock = clock;
    this.#words = words;
  }

  lives(lease: SeenLease): boolean {
    if (!lease.active || this.#words.lives(lease.holder) === false) return false;
    const now = this.#clock.monotonic();
    const before = this.#seen.get(lease.name);
    if (before?.version === lease.resourceVersion) return now - before.at <= leaseSeconds * 1_000;
    this.#seen.set(lease.name, { version: lease.resourceVersion, at: now });
    return true;
  }
}
