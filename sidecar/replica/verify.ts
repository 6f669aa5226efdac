import { sameEntry } from '../../src/core/entry.ts';
import type { FileAccess } from '../files/file-access.ts';
import { errnoOf, PathError } from '../files/path-error.ts';
import { type Known, type ReadEntry, readEntry } from '../files/read-entry.ts';
import { Slice } from '../slice.ts';
import { isAlive, type Life } from './life.ts';
import type { ManagedPaths } from './managed-paths.ts';

/**
 * Brings what is managed in line with the disk: what went is forgotten, what changed gets its new digest, and what
 * was deleted and is there again as it was counts as there.
 */
export async function verifyManaged(life: Life, managed: ManagedPaths): Promise<void> {
  const slice = new Slice();
  const paths = [...managed.entries()].map(([path]) => path);
  const gone = [...managed.tombstones()].map(([path]) => path);
  for (const path of [...paths, ...gone]) {
    if (slice.over) await slice.breathe();
    if (!life.files.use((access) => verifyPath(access, path, managed, life))) return;
  }
}

/**
 * With the container its files are gone, which says nothing about what they were; and the next life may be at work
 * already. A process that ends gives its root up before it counts as ended.
 */
function isThere(life: Life): boolean {
  return isAlive(life) && life.files.reachable;
}

/** False: the container has ended, and what was found there means nothing. */
function verifyPath(access: FileAccess, path: string, managed: ManagedPaths, life: Life): boolean {
  const known = managed.get(path);
  const tombstone = managed.tombstone(path);
  const found = read(access, path, known);
  if (known !== undefined) {
    if (found !== undefined && known.stamp === found.stamp && sameEntry(found.entry, known.entry))
      return true;
    if (!isThere(life)) return false;
    if (found === undefined) managed.forget(path);
    else managed.put(path, { ...known, entry: found.entry, stamp: found.stamp });
  } else if (tombstone !== undefined && found !== undefined && found.entry.type !== 'dir') {
    if (!isThere(life)) return false;
    if (sameEntry(found.entry, tombstone.entry)) managed.put(path, { ...found, version: tombstone.version });
  }
  return true;
}

function read(access: FileAccess, path: string, known: Known | undefined): ReadEntry | undefined {
  try {
    const { parent, name } = access.place(path);
    return readEntry(parent, name, known);
  } catch (thrown) {
    // What cannot be reached or read cannot be vouched for: the digest will say that something is wrong with it.
    if (thrown instanceof PathError || errnoOf(thrown) !== undefined) return undefined;
    throw thrown;
  }
}
