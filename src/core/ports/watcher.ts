import type { Change, RelPath } from '../change.ts';
import type { FileEntry, TreeEntry } from '../entry.ts';
import type { Blocks } from './endpoint.ts';

/**
 * The local truth: the trees below the watched roots and what changes in them. `src/watch` implements it over
 * `src/tree`.
 *
 * Promises: `start` resolves after the first complete scan; from then on every change of a watched path is
 * reported once the file system was compared with the tree, never from an event alone; a listener runs after the
 * snapshot already has the change. Paths that cannot be read are problems, never deletions.
 */
export interface Watcher {
  start(signal?: AbortSignal): Promise<void>;
  /** The present state of a watched path; absent when it does not exist or is ignored. */
  get(path: RelPath): LocalEntry | undefined;
  /** Every path at and below `root`, parents before children. */
  entries(root: RelPath): Iterable<readonly [RelPath, LocalEntry]>;
  /**
   * Reads a file so that entry and content belong together (stat, read, stat; again when they differ). Answers at once
   * with what was read for the present entry where that is still at hand.
   */
  read(path: RelPath): StableRead | Promise<StableRead>;
  /** Compares everything with the file system again; changes go to the listeners. */
  rescan(): Promise<void>;
  /**
   * Whether a path belongs to a mapping: at or below its `from` and ignored by none of its rules. The tree is the
   * union of all mappings and of what rebuild rules watch, so ask this before a path is synced.
   */
  covers(mapping: WatchScope, path: RelPath, type: Change['type']): boolean;
  /** A person's explicit yes to a `root-gone` problem of that path: what is there now counts, deletions included. */
  acceptRoot(path: RelPath): Promise<void>;
  listen(listener: (event: WatchEvent) => void): () => void;
  stop(): Promise<void>;
}

/** What of a `Mapping` decides which local paths belong to it. */
export interface WatchScope {
  /** As in `Mapping`. */
  readonly from: string;
  /** As in `Mapping`: gitignore patterns, relative to `from`. */
  readonly ignore: readonly string[];
}

/** A tree entry and the permission bits that a new file gets in the container. */
export type LocalEntry = TreeEntry & { readonly mode: number };

export type StableRead =
  | {
      readonly type: 'file';
      readonly entry: FileEntry;
      readonly mode: number;
      readonly content: Uint8Array | (() => AsyncIterable<Uint8Array>);
      readonly blocks?: Blocks;
    }
  /** The path went or became something else meanwhile; a change that says so follows or has been reported. */
  | { readonly type: 'gone' }
  /** Still being written after several tries; a change follows when it rests. */
  | { readonly type: 'busy' };

export type WatchEvent =
  /** `atomic` = every file of it was put in place by a rename, so nothing more of these saves is to come. */
  | {
      readonly type: 'changes';
      readonly changes: readonly Change[];
      readonly atomic: boolean;
      readonly detectMs: number;
    }
  /** git holds its index lock: hold what comes until `released`, which follows one complete comparison. */
  | { readonly type: 'held'; readonly by: 'git' }
  | { readonly type: 'released' }
  | {
      readonly type: 'problem';
      readonly path: string;
      readonly code: string;
      readonly message: string;
      readonly cure?: string;
      /** The problem of this path and code is over. */
      readonly resolved?: boolean;
    };
