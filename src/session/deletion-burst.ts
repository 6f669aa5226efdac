import { ancestorsOf } from '../core/ancestors.ts';
import type { Change } from '../core/change.ts';
import type { Clock } from '../core/clock.ts';
import { HeldChanges } from './held-changes.ts';

/** Fewer deletions than this within `recentMs` are sent as they come. */
const fewDeletions = 10;
const recentMs = 1_000;
/** Many are looked at together when none has followed for so long, or at the latest after `longestMs`. */
const quietMs = 100;
const longestMs = 2_000;

/**
 * Puts together what one `rm -r` deletes in many small pieces, so that it can be judged as a whole. Everything else
 * passes at once.
 */
export class DeletionBurst {
  readonly #clock: Clock;
  readonly #onEnd: (changes: readonly Change[]) => void;
  readonly #collected = new HeldChanges();
  #recent = { since: Number.NEGATIVE_INFINITY, count: 0 };
  #since = 0;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock, onEnd: (changes: readonly Change[]) => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  get active(): boolean {
    return this.#cancel !== undefined;
  }

  /** Returns what passes now; the rest comes with `onEnd`. */
  sift(changes: readonly Change[]): readonly Change[] {
    const now = this.#clock.monotonic();
    // What went with a renamed directory is known to be a whole, and to be somewhere else.
    const deletions = changes.filter(
      ({ kind, movedTo }) => kind === 'deleted' && movedTo === undefined,
    ).length;
    if (!this.active && this.#count(deletions, now) < fewDeletions) return changes;
    const { held, rest } = splitDeletions(changes, this.#collected.list());
    for (const { path } of rest) this.#collected.drop(path);
    if (held.length === 0) return rest;
    if (!this.active) this.#since = now;
    this.#collected.add(held);
    this.#cancel?.();
    const wait = Math.max(0, Math.min(quietMs, this.#since + longestMs - now));
    this.#cancel = this.#clock.after(wait, () => this.#end());
    return rest;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #count(deletions: number, now: number): number {
    if (now - this.#recent.since > recentMs) this.#recent = { since: now, count: 0 };
    this.#recent.count += deletions;
    return this.#recent.count;
  }

  #end(): void {
    this.#cancel = undefined;
    this.#onEnd(this.#collected.takeAll());
  }
}

/**
 * Deletions apart from the rest. What took the place of a directory whose content is among them goes with them, because
 * it cannot be there before that content has gone.
 */
export function splitDeletions(
  changes: readonly Change[],
  others: readonly Change[] = [],
): { readonly held: readonly Change[]; readonly rest: readonly Change[] } {
  const around = new Set<string>();
  // A long `rm -r` comes in many pieces, of which none takes the place of anything.
  const mayReplace = changes.some(({ kind, type }) => kind !== 'deleted' && type !== 'dir');
  for (const { path, kind } of mayReplace ? [...others, ...changes] : []) {
    if (kind !== 'deleted') continue;
    for (const above of ancestorsOf(path)) around.add(above);
  }
  const held: Change[] = [];
  const rest: Change[] = [];
  for (const change of changes) {
    const replaces = change.type !== 'dir' && around.has(change.path);
    (change.kind === 'deleted' || replaces ? held : rest).push(change);
  }
  return { held, rest };
}
