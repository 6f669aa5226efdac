/**
 * One path of a tree. Paths are strings of `/`-separated names without `.`, `..`, empty parts or NUL; a name that
 * is not UTF-8 carries each invalid byte b as the lone surrogate U+DC00+b, so that it survives JSON.
 */
export type TreeEntry = FileEntry | LinkEntry | DirectoryEntry;

export interface FileEntry {
  readonly type: 'file';
  /** Bytes. */
  readonly size: number;
  /** Whether any of the three execute bits is set; the only part of the mode that is synced. */
  readonly exec: boolean;
  /** Lower-case hex SHA-256 of the content. */
  readonly digest: string;
}

export interface LinkEntry {
  readonly type: 'link';
  /** As readlink returns it, never resolved. */
  readonly target: string;
}

export interface DirectoryEntry {
  readonly type: 'dir';
}

export const directory: DirectoryEntry = { type: 'dir' };

/** Whether two entries are the same content for a sync; mtime, owner and other mode bits are no part of it. */
export function sameEntry(a: TreeEntry | undefined, b: TreeEntry | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  switch (a.type) {
    case 'file':
      return b.type === 'file' && a.digest === b.digest && a.exec === b.exec && a.size === b.size;
    case 'link':
      return b.type === 'link' && a.target === b.target;
    case 'dir':
      return b.type === 'dir';
    default:
      return a satisfies never;
  }
}
