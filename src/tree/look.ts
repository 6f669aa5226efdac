import { type BigIntStats, lstatSync } from 'node:fs';
import { toFsPath } from './path-bytes.ts';
import { type Stamp, stampOf } from './stamp.ts';

/** What one lstat says of a path. */
export type Look =
  | {
      readonly type: 'file';
      readonly stamp: Stamp;
      readonly mode: number;
      readonly exec: boolean;
      /** How many names it has (hard links). */
      readonly links: number;
    }
  | { readonly type: 'link'; readonly stamp: Stamp; readonly mode: number }
  | { readonly type: 'dir'; readonly stamp: Stamp; readonly mode: number; readonly identity: string }
  /** A socket, fifo or device: it cannot be synced. */
  | { readonly type: 'special'; readonly what: 'socket' | 'fifo' | 'device' }
  | { readonly type: 'missing' }
  | { readonly type: 'unreadable'; readonly code: string };

const permissionBits = 0o777n;

/** Never throws; `mode` is the nine permission bits. */
export function lookAt(path: string): Look {
  let stats: BigIntStats | undefined;
  try {
    stats = lstatSync(toFsPath(path), { bigint: true, throwIfNoEntry: false });
  } catch (thrown) {
    return lookOfError(thrown);
  }
  if (stats === undefined) return { type: 'missing' };
  const mode = Number(stats.mode & permissionBits);
  const stamp = stampOf(stats);
  if (stats.isFile()) {
    return { type: 'file', stamp, mode, exec: (mode & 0o111) !== 0, links: Number(stats.nlink) };
  }
  if (stats.isDirectory()) return { type: 'dir', stamp, mode, identity: identityOf(stats) };
  if (stats.isSymbolicLink()) return { type: 'link', stamp, mode };
  return { type: 'special', what: stats.isSocket() ? 'socket' : stats.isFIFO() ? 'fifo' : 'device' };
}

/** What a failed call says: the path is not there, or it cannot be read and why. */
export function lookOfError(thrown: unknown): Extract<Look, { type: 'missing' | 'unreadable' }> {
  const code = errnoOf(thrown);
  return code === 'ENOENT' || code === 'ENOTDIR' ? { type: 'missing' } : { type: 'unreadable', code };
}

/** The errno name of what `node:fs` threw; whatever is no errno is thrown on. */
export function errnoOf(thrown: unknown): string {
  if (thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string') return thrown.code;
  throw thrown;
}

// File systems give an inode number out again at once; the birth time tells the two directories apart.
function identityOf(stats: BigIntStats): string {
  return `${stats.dev}:${stats.ino}:${stats.birthtimeNs}`;
}
