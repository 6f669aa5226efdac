import { readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { fromFsBytes } from '../../src/tree/path-bytes.ts';
import { Slice } from '../slice.ts';
import type { ContainerFiles } from './container-files.ts';
import type { Directory } from './directory.ts';
import type { FileAccess } from './file-access.ts';
import { find } from './found.ts';
import { errnoOf, PathError } from './path-error.ts';
import type { StagedFile } from './place.ts';
import { ownStagePrefix } from './stage-directory.ts';

/** A directory that is no longer where it was and is still to be removed. */
export interface Aside {
  /** Where it was in the container. */
  readonly path: string;
  readonly file: StagedFile;
}

let moved = 0;

/**
 * Takes a directory away with everything in it by one rename. Undefined, and nothing happens, where it has to be
 * emptied path by path: it holds something else than `isKnown` says, a mount is in it, or it cannot be renamed, such as a
 * directory of the image (overlayfs: EXDEV).
 */
export function moveAside(
  access: FileAccess,
  path: string,
  isKnown: (path: string) => boolean,
): Aside | undefined {
  try {
    const { parent, name, isMount } = access.place(path);
    if (isMount || name === '.' || access.hasMountBelow(path)) return undefined;
    const { directory, staged } = access.stageOf(path);
    if ('besidePath' in staged || !holdsOnly(parent, name, path, isKnown)) return undefined;
    moved += 1;
    const file: StagedFile = { stage: staged, name: `${ownStagePrefix}gone-${moved}` };
    access.forget(path);
    renameSync(parent.at(name), directory.at(file.name));
    return { path, file };
  } catch (thrown) {
    if (errnoOf(thrown) === undefined && !(thrown instanceof PathError)) throw thrown;
    return undefined;
  }
}

function holdsOnly(
  parent: Directory,
  name: string,
  path: string,
  isKnown: (path: string) => boolean,
): boolean {
  const directory = parent.enter(name);
  try {
    return childrenOf(directory).every((child) => {
      const below = `${path}/${child.name}`;
      return isKnown(below) && (!child.isDirectory || holdsOnly(directory, child.name, below, isKnown));
    });
  } finally {
    directory.close();
  }
}

/**
 * Removes what was moved aside, in slices. What came in at the last moment, and nobody knows, goes back to where it was
 * put. Where the container ends meanwhile there is nothing left to do.
 */
export async function removeAside(
  files: ContainerFiles,
  { path, file }: Aside,
  isKnown: (path: string) => boolean,
): Promise<void> {
  const slice = new Slice();
  const pending: string[] = [''];
  try {
    for (let below = pending.at(-1); below !== undefined; below = pending.at(-1)) {
      if (slice.over) await slice.breathe();
      const at = below;
      const inner = files.use((access) => emptyDirectory(access, file, at, path, isKnown));
      if (inner.length > 0) pending.push(...inner);
      else {
        pending.pop();
        files.use((access) => removeEmptied(access, file, at));
      }
    }
  } catch (thrown) {
    if (errnoOf(thrown) === undefined && !(thrown instanceof PathError)) throw thrown;
    // The next agent finds it among what was staged before it, and removes it.
  }
}

/** Removes the files of one directory; returns the directories in it. `below` is empty or begins with a slash. */
function emptyDirectory(
  access: FileAccess,
  file: StagedFile,
  below: string,
  path: string,
  isKnown: (path: string) => boolean,
): string[] {
  const directory = enterAside(access, file, below);
  try {
    const inner: string[] = [];
    for (const { name, isDirectory } of childrenOf(directory)) {
      const was = `${path}${below}/${name}`;
      if (!isKnown(was)) putBack(access, directory, name, was);
      else if (isDirectory) inner.push(`${below}/${name}`);
      else unlinkSync(directory.at(name));
    }
    return inner;
  } finally {
    directory.close();
  }
}

function removeEmptied(access: FileAccess, file: StagedFile, below: string): void {
  if (below === '') {
    rmdirSync(access.staged(file));
    return;
  }
  const slash = below.lastIndexOf('/');
  const parent = enterAside(access, file, below.slice(0, slash));
  try {
    rmdirSync(parent.at(below.slice(slash + 1)));
  } finally {
    parent.close();
  }
}

/** Name by name, never through a link that somebody put there meanwhile. */
function enterAside(access: FileAccess, file: StagedFile, below: string): Directory {
  let at = access.directoryOf(file).enter(file.name);
  for (const name of below.split('/').slice(1)) {
    const next = at.enter(name);
    at.close();
    at = next;
  }
  return at;
}

function putBack(access: FileAccess, directory: Directory, name: string, path: string): void {
  const place = access.place(path, true);
  const target = place.parent.at(place.name);
  if (find(target) === undefined) renameSync(directory.at(name), target);
  else if (find(directory.at(name))?.type !== 'dir') unlinkSync(directory.at(name));
}

function childrenOf(directory: Directory): { readonly name: string; readonly isDirectory: boolean }[] {
  return readdirSync(directory.self, { encoding: 'buffer', withFileTypes: true }).map((child) => ({
    name: fromFsBytes(child.name),
    isDirectory: child.isDirectory(),
  }));
}
