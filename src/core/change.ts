/** `/`-separated path relative to the project's root; spelled as in `src/core/entry.ts`. */
export type RelPath = string & { readonly __brand: 'RelPath' };

/** A path as the watcher reports it after it compared the file system with the tree. */
export interface Change {
  readonly path: RelPath;
  readonly kind: 'created' | 'modified' | 'deleted';
  /** Type after the change; of what went for `deleted`. */
  readonly type: 'file' | 'dir' | 'link';
  /** Wall clock of the change, ms since the epoch (ctime; for deletions the time it was noticed). */
  readonly at: number;
  /** Of what was deleted: the path that it has now, because a directory above it was renamed. */
  readonly movedTo?: RelPath;
}

/** Settled changes, one per path, the newest of each. */
export interface ChangeSet {
  readonly seq: number;
  readonly changes: readonly Change[];
  /** Wall clock of the oldest change in it, ms since the epoch. */
  readonly at: number;
}
