import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync } from 'node:fs';
import { directory, type TreeEntry } from '../../src/core/entry.ts';
import { fromFsBytes } from '../../src/tree/path-bytes.ts';
import type { Directory } from './directory.ts';
import { type Found, find, foundOf } from './found.ts';

const buffer = Buffer.allocUnsafe(256 * 1024);
// A fifo that took the file's place must not block the open.
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface ReadEntry {
  readonly entry: TreeEntry;
  readonly stamp: string;
}

/** What was known of a path, so that unchanged content is not read again. */
export interface Known {
  readonly entry: TreeEntry;
  readonly stamp?: string | undefined;
}

/**
 * The entry of `name` as it is on disk; undefined where nothing is there or nothing that is synced (sockets, pipes,
 * devices). Content is hashed unless `known` has the same stamp.
 */
export function readEntry(parent: Directory, name: string, known?: Known): ReadEntry | undefined {
  const found = find(parent.at(name));
  if (found === undefined) return undefined;
  switch (found.type) {
    case 'dir':
      return { entry: directory, stamp: '' };
    case 'link':
      return readLink(parent, name, found);
    case 'file':
      if (known?.stamp === found.stamp && known.entry.type === 'file') {
        return { entry: { ...known.entry, exec: isExec(found) }, stamp: found.stamp };
      }
      return readFile(parent, name);
    case 'other':
      return undefined;
    default:
      return found.type satisfies never;
  }
}

function readLink(parent: Directory, name: string, found: Found): ReadEntry {
  const target = readlinkSync(parent.at(name), { encoding: 'buffer' });
  return { entry: { type: 'link', target: fromFsBytes(target) }, stamp: found.stamp };
}

function readFile(parent: Directory, name: string): ReadEntry | undefined {
  const fd = openSync(parent.at(name), readFlags);
  try {
    const found = foundOf(fstatSync(fd, { bigint: true }));
    if (found.type !== 'file') return undefined;
    const hash = createHash('sha256');
    let size = 0;
    for (let count = readSync(fd, buffer); count > 0; count = readSync(fd, buffer)) {
      hash.update(buffer.subarray(0, count));
      size += count;
    }
    const entry = { type: 'file', size, exec: isExec(found), digest: hash.digest('hex') } as const;
    return { entry, stamp: found.stamp };
  } finally {
    closeSync(fd);
  }
}

function isExec(found: Found): boolean {
  return (found.mode & 0o111) !== 0;
}
