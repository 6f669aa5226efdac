import { sameEntry, type TreeEntry } from '../core/entry.ts';

export interface TreeDifference {
  readonly path: string;
  /** Absent: created. */
  readonly before?: TreeEntry;
  /** Absent: deleted. */
  readonly after?: TreeEntry;
}

/**
 * What turns one tree into another: deletions first, children before parents, then everything else, parents before
 * children; each in the order of its map otherwise. Applying them in this order never meets a path in its way.
 */
export function compareTrees(
  before: ReadonlyMap<string, TreeEntry>,
  after: ReadonlyMap<string, TreeEntry>,
): readonly TreeDifference[] {
  const gone: TreeDifference[] = [];
  const come: TreeDifference[] = [];
  for (const [path, entry] of before) {
    if (!after.has(path)) gone.push({ path, before: entry });
  }
  for (const [path, entry] of after) {
    const old = before.get(path);
    if (old === undefined) come.push({ path, after: entry });
    else if (!sameEntry(old, entry)) come.push({ path, before: old, after: entry });
  }
  return [
    ...gone.sort((a, b) => pathDepth(b.path) - pathDepth(a.path)),
    ...come.sort((a, b) => pathDepth(a.path) - pathDepth(b.path)),
  ];
}

/** How many names a path has; 0 for the root `.`. */
export function pathDepth(path: string): number {
  if (path === '.') return 0;
  let depth = 1;
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) depth++;
  return depth;
}
