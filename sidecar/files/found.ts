import { type BigIntStats, lstatSync, type PathLike } from 'node:fs';
import { unless } from './path-error.ts';

/** What is at a path right now. */
export interface Found {
  readonly type: 'file' | 'link' | 'dir' | 'other';
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeMs: number;
  /** Names that it has. */
  readonly links: number;
  /** Changes whenever the content may have changed. */
  readonly stamp: string;
}

/** lstat; undefined where nothing is there. */
export function find(path: PathLike): Found | undefined {
  // An error for each path that is new would cost ten times the call.
  const stats = unless(['ENOTDIR'], () => lstatSync(path, { bigint: true, throwIfNoEntry: false }));
  return stats === undefined ? undefined : foundOf(stats);
}

export function foundOf(stats: BigIntStats): Found {
  return {
    type: typeOf(stats),
    size: Number(stats.size),
    mode: Number(stats.mode & 0o7777n),
    uid: Number(stats.uid),
    gid: Number(stats.gid),
    mtimeMs: Number(stats.mtimeNs / 1_000_000n),
    links: Number(stats.nlink),
    stamp: `${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}`,
  };
}

function typeOf(stats: BigIntStats): Found['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'dir';
  return stats.isSymbolicLink() ? 'link' : 'other';
}
