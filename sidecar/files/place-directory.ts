import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import type { Directory } from './directory.ts';
import { unless } from './path-error.ts';
import type { Place } from './place.ts';

/** Makes a directory; one that is there stays as it is. */
export function placeDirectory(place: Place, mode: number): void {
  const made = unless(['EEXIST'], () => {
    // A mode that leaves the agent in, until the directory has its owner.
    mkdirSync(place.parent.at(place.name), { mode: 0o700 });
    return place.parent.enter(place.name);
  });
  if (made === undefined) return;
  try {
    dressDirectory(made, place.parent, mode);
  } finally {
    made.close();
  }
}

/**
 * Gives a new directory the owner of the one it is in, as far as the agent may, and lets in whoever that one lets in.
 */
export function dressDirectory(made: Directory, parent: Directory, mode: number): void {
  const { uid, gid } = parent.owner;
  if (process.geteuid?.() === 0) chownSync(made.self, uid, gid);
  else unless(['EPERM'], () => chownSync(made.self, -1, gid));
  chmodSync(made.self, (mode & 0o777) | (parent.owner.mode & 0o555));
}
