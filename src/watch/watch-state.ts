import type { Clock } from '../core/clock.ts';
import type { KnownDigests } from '../tree/read-entry.ts';
import type { HintSource } from './hint-source.ts';
import type { LargeFiles } from './large-files.ts';
import type { LiveTree } from './live-tree.ts';
import type { Outbox } from './outbox.ts';
import type { Problems } from './problems.ts';
import type { RecentContents } from './recent-contents.ts';
import type { Resting } from './resting.ts';
import type { RootGuard } from './root-guard.ts';
import type { Selection } from './selection.ts';
import type { Unwatched } from './unwatched.ts';
import type { WalkQueue } from './walk-queue.ts';

/** What a comparison reads and changes. */
export interface WatchState {
  readonly clock: Clock;
  readonly tree: LiveTree;
  /** Of an earlier run. */
  /** For the first scan only; what came of it knows them itself. */
  digests: KnownDigests;
  readonly hints: HintSource;
  readonly outbox: Outbox;
  /** What was just read, for whoever sends it. */
  readonly contents: RecentContents;
  readonly resting: Resting;
  readonly problems: Problems;
  readonly walks: WalkQueue;
  readonly large: LargeFiles;
  readonly roots: RootGuard;
  readonly unwatched: Unwatched;
  /** Directories that were found missing lately, by their identity: one of them may have a new name. */
  readonly leavers: Map<string, string>;
  /** Inodes of files that had several names when they were looked at. */
  readonly linked: Set<bigint>;
  /** Those of which a name went. It may have been written by that name, so the others are still to be compared. */
  readonly nameless: Set<bigint>;
  /** Paths that a reader could not get; their next reading is reported whatever it says. */
  readonly owed: Set<string>;
  /** Replaced when `.kdevignore` changes. */
  selection: Selection;
  /** Nothing rests: missing and empty paths are believed at once (at the start, after git). */
  believing: boolean;
  absolute(path: string): string;
  /** Compares a path in a later turn. */
  compareLater(path: string): void;
}
