import { readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { directory, type TreeEntry } from '../../src/core/entry.ts';
import type { PathProblem } from '../../src/core/replica-facts.ts';
import { fromFsBytes } from '../../src/tree/path-bytes.ts';
import type { FileAccess } from './file-access.ts';
import { type Found, find } from './found.ts';
import { errnoOf, PathError, problemOf } from './path-error.ts';
import type { Place, StagedFile } from './place.ts';
import { placeDirectory } from './place-directory.ts';
import { placeFile } from './place-file.ts';
import { placeLink } from './place-link.ts';
import { isStageName } from './stage-directory.ts';
import type { Step } from './step.ts';
import { whoMay } from './who-may.ts';

export type StepResult =
  /** `entry` is absent where the path is gone now. A problem beside it is a remark. */
  | {
      readonly done: true;
      readonly entry?: TreeEntry;
      readonly stamp?: string;
      readonly problem?: PathProblem;
    }
  | { readonly done: false; readonly problem: PathProblem };

export interface StepTools {
  readonly access: FileAccess;
  /** Of the file's new content; required for `file`. */
  readonly staged?: StagedFile | undefined;
  /** The mtime for new content; see `OwnSecond.choose`. */
  readonly chooseMtime: (path: string, presentMs: number | undefined) => number;
}

/** Does one step. What stands in its way is told as a problem of its path. @throws what is no file system error */
export function applyStep(step: Step, tools: StepTools): StepResult {
  const { access } = tools;
  let place: Place | undefined;
  try {
    if (step.op === 'remove') return removePath(step.path, access);
    place = access.place(step.path, true);
    const found = makeWay(step, place, access);
    switch (step.op) {
      case 'file': {
        if (tools.staged === undefined) throw new Error(`no content was staged for ${step.path}`);
        const { stamp, problem } = placeFile(step, place, found, tools.staged, tools);
        const { size, exec, digest } = step;
        return {
          done: true,
          entry: { type: 'file', size, exec, digest },
          stamp,
          ...(problem && { problem }),
        };
      }
      case 'link':
        return {
          done: true,
          entry: { type: 'link', target: step.target },
          stamp: placeLink(step, place, access),
        };
      case 'dir':
        placeDirectory(place, step.mode);
        return { done: true, entry: directory, stamp: '' };
      default:
        return step satisfies never;
    }
  } catch (thrown) {
    return { done: false, problem: problemOf(step.path, thrown, place === undefined ? '' : whoMay(place)) };
  }
}

/**
 * Removes what cannot be renamed over: a directory where a file comes, anything else where a directory comes.
 * Returns what is there then.
 */
function makeWay(step: Step, place: Place, access: FileAccess): Found | undefined {
  const found = find(place.parent.at(place.name));
  if (found === undefined || (step.op === 'dir') === (found.type === 'dir')) {
    if (step.op === 'link') refuseMount(step.path, place);
    return found;
  }
  refuseMount(step.path, place);
  if (found.type !== 'dir') {
    if (step.op !== 'dir') return found;
    unlinkSync(place.parent.at(place.name));
    return undefined;
  }
  access.forget(step.path);
  removeDirectory(step.path, place);
  return undefined;
}

function removePath(path: string, access: FileAccess): StepResult {
  let place: Place | undefined;
  try {
    place = access.place(path);
    const found = find(place.parent.at(place.name));
    if (found !== undefined) refuseMount(path, place);
    if (found?.type === 'dir') {
      access.forget(path);
      removeDirectory(path, place);
    } else if (found !== undefined) unlinkSync(place.parent.at(place.name));
    return { done: true };
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return { done: true };
    const problem = problemOf(path, thrown, place === undefined ? '' : whoMay(place));
    // kdev's own part of the directory is gone; that others' files keep it is worth a word, not a failure.
    return { done: problem.code === 'foreign-files', problem };
  }
}

function removeDirectory(path: string, place: Place): void {
  const at = place.parent.at(place.name);
  try {
    if (place.name === '.')
      throw new PathError('EBUSY', `${path} was kept: it is a mount of its own (EBUSY).`);
    rmdirSync(at);
  } catch (thrown) {
    const code = errnoOf(thrown);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw thrown;
    const names = readdirSync(at, { encoding: 'buffer' })
      .map(fromFsBytes)
      .filter((name) => !isStageName(name));
    const more = names.length > 3 ? ` and ${names.length - 3} more` : '';
    throw new PathError(
      'foreign-files',
      `${path} was kept: it holds ${names.slice(0, 3).join(', ')}${more}, which kdev did not put there.`,
    );
  }
}

/** A mount, or the top of a volume, cannot go: see `readMountPoints`. */
function refuseMount(path: string, place: Place): void {
  if (!place.isMount && place.name !== '.') return;
  throw new PathError('EBUSY', `${path} was kept: it is a mount of its own (EBUSY).`);
}
