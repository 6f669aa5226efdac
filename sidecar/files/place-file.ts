import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  futimesSync,
  lutimesSync,
  openSync,
  renameSync,
  unlinkSync,
} from 'node:fs';
import type { PathProblem } from '../../src/core/replica-facts.ts';
import type { FileAccess } from './file-access.ts';
import { type Found, find, foundOf } from './found.ts';
import { errnoOf, PathError } from './path-error.ts';
import type { Place, StagedFile } from './place.ts';
import { ownStagePrefix } from './stage-directory.ts';
import { copyContent } from './staged-content.ts';

export interface NewFile {
  readonly path: string;
  readonly exec: boolean;
  /** Permission bits where the file is new. */
  readonly mode: number;
}

export interface PlaceFileTools {
  readonly access: FileAccess;
  readonly chooseMtime: (path: string, presentMs: number | undefined) => number;
}

export interface PlacedFile {
  readonly stamp: string;
  /** `not-atomic` where the file could only be written in place. */
  readonly problem?: PathProblem;
}

/**
 * Puts staged content in place by a rename, so that a reader finds the old file or the new one and a program that
 * runs keeps its own. An existing file keeps its owner and mode but for the execute bits; a new one belongs to
 * whom its directory belongs to and can be read by whoever can read the directory.
 */
export function placeFile(
  file: NewFile,
  place: Place,
  found: Found | undefined,
  staged: StagedFile,
  tools: PlaceFileTools,
): PlacedFile {
  const target = place.parent.at(place.name);
  const source = tools.access.staged(staged);
  const replaced = found?.type === 'file' ? found : undefined;
  const mtimeMs = tools.chooseMtime(file.path, replaced?.mtimeMs);
  const moved = found === undefined && !place.isMount && moveDressed(file, place, source, staged, mtimeMs);
  if (moved) return moved;
  const access = staged.moved === undefined ? constants.O_RDWR : constants.O_RDONLY;
  const fd = staged.handle ?? openSync(source, access | constants.O_NOFOLLOW);
  staged.handle = undefined;
  try {
    if (staged.moved !== undefined && find(source)?.stamp !== staged.moved)
      throw new PathError(
        'send-whole',
        `${file.path} cannot be moved: what was there has changed meanwhile.`,
      );
    if (place.isMount) return writeInPlace(fd, file, place, source, mtimeMs);
    dress(fd, file, place, replaced, mtimeMs);
    try {
      renameSync(source, target);
    } catch (thrown) {
      if (errnoOf(thrown) !== 'EXDEV') throw thrown;
      renameCopy(fd, file, place, replaced, mtimeMs);
      unlinkSync(source);
      return { stamp: find(target)?.stamp ?? '' };
    }
    return { stamp: foundOf(fstatSync(fd, { bigint: true })).stamp };
  } finally {
    closeSync(fd);
  }
}

/** A file that gets another name and needs neither owner nor mode is not even opened. Undefined where it has to be. */
function moveDressed(
  file: NewFile,
  place: Place,
  source: string | Buffer,
  { moved, handle }: StagedFile,
  mtimeMs: number,
): PlacedFile | undefined {
  if (moved === undefined || handle !== undefined) return undefined;
  const own = find(source);
  const { owner } = place.parent;
  if (own?.stamp !== moved || own.uid !== owner.uid || own.gid !== owner.gid) return undefined;
  if ((own.mode & 0o7777) !== newFileMode(file, place)) return undefined;
  const target = place.parent.at(place.name);
  try {
    renameSync(source, target);
  } catch (thrown) {
    if (errnoOf(thrown) !== 'EXDEV') throw thrown;
    return undefined;
  }
  lutimesSync(target, mtimeMs / 1000, mtimeMs / 1000);
  return { stamp: find(target)?.stamp ?? '' };
}

function dress(fd: number, file: NewFile, place: Place, replaced: Found | undefined, mtimeMs: number): void {
  const own = fstatSync(fd);
  const owner = replaced ?? place.parent.owner;
  const root = process.geteuid?.() === 0;
  if (own.uid !== owner.uid || own.gid !== owner.gid) {
    try {
      // Without root only the group of a new file can be its directory's, and only where the agent is a member.
      if (root || replaced !== undefined) fchownSync(fd, owner.uid, owner.gid);
      else if (own.gid !== owner.gid) fchownSync(fd, own.uid, owner.gid);
    } catch (thrown) {
      if (replaced !== undefined) throw ownerError(file.path, replaced, thrown);
      if (errnoOf(thrown) !== 'EPERM') throw thrown;
    }
  }
  const mode = replaced === undefined ? newFileMode(file, place) : withExec(replaced.mode & 0o777, file.exec);
  fchmodSync(fd, mode);
  futimesSync(fd, mtimeMs / 1000, mtimeMs / 1000);
}

function newFileMode(file: NewFile, place: Place): number {
  return withExec((file.mode & 0o777) | (place.parent.owner.mode & 0o444), file.exec);
}

/** Execute bits for everyone who may read, or for nobody. A mode that has some already keeps those. */
function withExec(mode: number, exec: boolean): number {
  if (!exec) return mode & ~0o111;
  return (mode & 0o111) !== 0 ? mode | ((mode & 0o444) >> 2) : mode | ((mode & 0o444) >> 2) | 0o100;
}

function ownerError(path: string, found: Found, thrown: unknown): unknown {
  if (errnoOf(thrown) !== 'EPERM') return thrown;
  const own = `${process.geteuid?.()}:${process.getegid?.()}`;
  return new PathError(
    'EPERM',
    `${path} belongs to ${found.uid}:${found.gid} and the agent, which runs as ${own}, cannot keep that owner. ` +
      'Let the image give the file to the user the app runs as, or set storage: "volume" for the service.',
  );
}

/** Another file system below the mapping: the content is copied beside the target first. */
function renameCopy(
  fd: number,
  file: NewFile,
  place: Place,
  replaced: Found | undefined,
  mtimeMs: number,
): void {
  const beside = place.parent.at(`${ownStagePrefix}copy`);
  const copy = openSync(
    beside,
    constants.O_CREAT | constants.O_TRUNC | constants.O_RDWR | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    copyContent(fd, copy);
    dress(copy, file, place, replaced, mtimeMs);
    renameSync(beside, place.parent.at(place.name));
  } catch (thrown) {
    unlinkSync(beside);
    throw thrown;
  } finally {
    closeSync(copy);
  }
}

/** A bind-mounted file, such as a ConfigMap's `subPath`, cannot be replaced: all that is left is to write into it. */
function writeInPlace(
  fd: number,
  file: NewFile,
  place: Place,
  source: string | Buffer,
  mtimeMs: number,
): PlacedFile {
  const target = openSync(place.parent.at(place.name), constants.O_WRONLY | constants.O_NOFOLLOW);
  try {
    copyContent(fd, target);
    const found = foundOf(fstatSync(target, { bigint: true }));
    const mode = withExec(found.mode & 0o777, file.exec);
    if (mode !== (found.mode & 0o777)) fchmodSync(target, mode);
    futimesSync(target, mtimeMs / 1000, mtimeMs / 1000);
    unlinkSync(source);
    return {
      stamp: foundOf(fstatSync(target, { bigint: true })).stamp,
      problem: {
        path: file.path,
        code: 'not-atomic',
        message: `${file.path} is a mount of its own, so it was written in place: a reader may have seen half of it.`,
      },
    };
  } finally {
    closeSync(target);
  }
}
