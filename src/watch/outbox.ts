import type { Change, RelPath } from '../core/change.ts';
import type { Clock } from '../core/clock.ts';
import { sameEntry } from '../core/entry.ts';
import type { LocalEntry, WatchEvent } from '../core/ports/watcher.ts';
import { pathDepth } from '../tree/compare.ts';
import { type LiveTree, parentOf } from './live-tree.ts';

interface Collected {
  /** What the last event said of the path. */
  readonly before: LocalEntry | undefined;
  at: number;
  /** Put in place by a rename; undone by any later sign of writing. */
  atomic: boolean;
  /** To be reported even when content did not change. */
  owed: boolean;
  /** Somebody saved it: it was not just found by a comparison. */
  hinted: boolean;
  /** Where it is now, as far as it went with a directory that was renamed. */
  movedTo: string | undefined;
}

type Changes = Extract<WatchEvent, { type: 'changes' }>;

/** More saves than this at once are no longer saves of single files. */
const fewSaves = 32;

/** Changes that were compared and not yet reported, one per path. */
export class Outbox {
  readonly #tree: LiveTree;
  readonly #clock: Clock;
  readonly #changes = new Map<string, Collected>();
  #since = 0;
  #hinted = 0;
  #isOpen = false;

  constructor(tree: LiveTree, clock: Clock) {
    this.#tree = tree;
    this.#clock = clock;
  }

  /** What is recorded before this is the first scan, which nobody is told. */
  open(): void {
    this.#isOpen = true;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  get isEmpty(): boolean {
    return this.#changes.size === 0;
  }

  /** ms since the oldest change was collected. */
  get age(): number {
    return this.isEmpty ? 0 : this.#clock.monotonic() - this.#since;
  }

  /** Call it before or after the tree has the change; `before` is the entry that was there. */
  record(
    path: string,
    before: LocalEntry | undefined,
    facts: {
      readonly at: number;
      readonly atomic: boolean;
      readonly owed?: boolean;
      readonly movedTo?: string | undefined;
      readonly hinted?: boolean;
    },
  ): void {
    if (!this.#isOpen) return;
    if (this.isEmpty) this.#since = this.#clock.monotonic();
    const known = this.#changes.get(path);
    if (known === undefined) {
      const { at, atomic, owed = false, movedTo, hinted = false } = facts;
      this.#changes.set(path, { before, at, atomic, owed, movedTo, hinted });
      if (hinted) this.#hinted++;
      return;
    }
    known.at = facts.at;
    known.atomic = facts.atomic;
    known.owed ||= facts.owed === true;
    known.movedTo = facts.movedTo;
    if (facts.hinted === true && !known.hinted) this.#hinted++;
    known.hinted ||= facts.hinted === true;
  }

  /** Somebody wrote to the path again, even if nothing came of it yet. */
  noteWriting(path: string): void {
    const known = this.#changes.get(path);
    if (known !== undefined) known.atomic = false;
  }

  /** The event for everything collected; undefined when nothing remains of it. `quiet`: no path is known to be in motion. */
  take(quiet: boolean): Changes | undefined {
    const changes = [...this.#changes];
    this.#changes.clear();
    this.#hinted = 0;
    return this.#eventOf(changes, quiet);
  }

  /**
   * The saves among what a long comparison finds, so that they need not wait for more of that. Undefined where there
   * are so many that they are part of the same; one in a directory that nobody heard of yet goes with it.
   */
  takeSaves(): Changes | undefined {
    if (this.#hinted === 0 || this.#hinted > fewSaves) return undefined;
    const saves = [...this.#changes].filter(
      ([path, { hinted }]) => hinted && !this.#changes.has(parentOf(path)),
    );
    for (const [path] of saves) this.#changes.delete(path);
    this.#hinted = 0;
    return this.#eventOf(saves, false);
  }

  #eventOf(collected: readonly (readonly [string, Collected])[], quiet: boolean): Changes | undefined {
    const gone: Change[] = [];
    const come: Change[] = [];
    let atomic = quiet;
    let files = 0;
    for (const [path, each] of collected) {
      const change = this.#changeOf(path as RelPath, each);
      if (change === undefined) continue;
      (change.kind === 'deleted' ? gone : come).push(change);
      if (change.type === 'file') files++;
      if (change.kind === 'deleted' || (change.type === 'file' && !each.atomic)) atomic = false;
    }
    if (gone.length + come.length === 0) return undefined;
    const changes = [
      ...gone.sort((a, b) => pathDepth(b.path) - pathDepth(a.path)),
      ...come.sort((a, b) => pathDepth(a.path) - pathDepth(b.path)),
    ];
    const oldest = changes.reduce((oldest, { at }) => Math.min(oldest, at), Number.POSITIVE_INFINITY);
    const detectMs = Math.max(0, this.#clock.now() - oldest);
    return { type: 'changes', changes, atomic: atomic && files > 0, detectMs };
  }

  #changeOf(path: RelPath, { before, at, owed, movedTo }: Collected): Change | undefined {
    const after = this.#tree.find(path)?.entry;
    if (after === undefined) {
      const moved = movedTo === undefined ? {} : { movedTo: movedTo as RelPath };
      return before && { path, kind: 'deleted', type: before.type, at, ...moved };
    }
    if (before === undefined) return { path, kind: 'created', type: after.type, at };
    if (sameEntry(before, after) && !owed) return undefined;
    return { path, kind: 'modified', type: after.type, at };
  }
}
