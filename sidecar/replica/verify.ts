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
    if (slice.over) {
      await slice.breathe();
      // With the container its files are gone, which says nothing about what they were.
      if (!isAlive(life)) return;
    }
    life.files.use((access) => verifyPath(access, path, managed));
  }
}

function verifyPath(access: FileAccess, path: string, managed: ManagedPaths): void {
  const known = managed.get(path);
  const tombstone = managed.tombstone(path);
  const found = read(access, path, known);
  if (known !== undefined) {
    if (found === undefined) managed.forget(path);
    else if (!sameEntry(found.entry, known.entry) || known.stamp !== found.stamp) {
      managed.put(path, { ...known, entry: found.entry, stamp: found.stamp });
    }
  } else if (tombstone !== undefined && found !== undefined && found.entry.type !== 'dir') {
    if (sameEntry(found.entry, tombstone.entry)) managed.put(path, { ...found, version: tombstone.version });
  }
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
