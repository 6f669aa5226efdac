import type { Change, RelPath } from '../core/change.ts';
import type { Clock } from '../core/clock.ts';
import { sameEntry } from '../core/entry.ts';
import type { LocalEntry, WatchEvent } from '../core/ports/watcher.ts';
import { pathDepth } from '../tree/compare.ts';
import type { LiveTree } from './live-tree.ts';

interface Collected {
  /** What the last event said of the path. */
  readonly before: LocalEntry | undefined;
  at: number;
  /** Put in place by a rename; undone by any later sign of writing. */
  atomic: boolean;
  /** To be reported even when content did not change. */
  owed: boolean;
}

/** Changes that were compared and not yet reported, one per path. */
export class Outbox {
  readonly #tree: LiveTree;
  readonly #clock: Clock;
  readonly #changes = new Map<string, Collected>();
  #since = 0;
  #isOpen = false;

  constructor(tree: LiveTree, clock: Clock) {
    this.#tree = tree;
    this.#clock = clock;
  }

  /** What is recorded before this is the first scan, which nobody is told. */
  open(): void {
    this.#isOpen = true;
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
    facts: { readonly at: number; readonly atomic: boolean; readonly owed?: boolean },
  ): void {
    if (!this.#isOpen) return;
    if (this.isEmpty) this.#since = this.#clock.monotonic();
    const known = this.#changes.get(path);
    if (known === undefined) {
      this.#changes.set(path, { before, at: facts.at, atomic: facts.atomic, owed: facts.owed === true });
      return;
    }
    known.at = facts.at;
    known.atomic = facts.atomic;
    known.owed ||= facts.owed === true;
  }

  /** Somebody wrote to the path again, even if nothing came of it yet. */
  noteWriting(path: string): void {
    const known = this.#changes.get(path);
    if (known !== undefined) known.atomic = false;
  }

  /** The event for everything collected; undefined when nothing remains of it. `quiet`: no path is known to be in motion. */
  take(quiet: boolean): Extract<WatchEvent, { type: 'changes' }> | undefined {
    const gone: Change[] = [];
    const come: Change[] = [];
    let atomic = quiet;
    let files = 0;
    for (const [path, collected] of this.#changes) {
      const change = this.#changeOf(path as RelPath, collected);
      if (change === undefined) continue;
      (change.kind === 'deleted' ? gone : come).push(change);
      if (change.type === 'file') files++;
      if (change.kind === 'deleted' || (change.type === 'file' && !collected.atomic)) atomic = false;
    }
    this.#changes.clear();
    if (gone.length + come.length === 0) return undefined;
    const changes = [
      ...gone.sort((a, b) => pathDepth(b.path) - pathDepth(a.path)),
      ...come.sort((a, b) => pathDepth(a.path) - pathDepth(b.path)),
    ];
    const oldest = changes.reduce((oldest, { at }) => Math.min(oldest, at), Number.POSITIVE_INFINITY);
    const detectMs = Math.max(0, this.#clock.now() - oldest);
    return { type: 'changes', changes, atomic: atomic && files > 0, detectMs };
  }

  #changeOf(path: RelPath, { before, at, owed }: Collected): Change | undefined {
    const after = this.#tree.find(path)?.entry;
    if (after === undefined) return before && { path, kind: 'deleted', type: before.type, at };
    if (before === undefined) return { path, kind: 'created', type: after.type, at };
    if (sameEntry(before, after) && !owed) return undefined;
    return { path, kind: 'modified', type: after.type, at };
  }
}
