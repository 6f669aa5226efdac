import { createHash } from 'node:crypto';
import { closeSync, ftruncateSync } from 'node:fs';
import { sameEntry, type TreeEntry } from '../../src/core/entry.ts';
import type { PathProblem } from '../../src/core/replica-facts.ts';
import type { ContainerFiles } from '../files/container-files.ts';
import type { FileAccess } from '../files/file-access.ts';
import type { OwnSecond } from '../files/own-second.ts';
import { errnoOf, PathError, problemOf } from '../files/path-error.ts';
import type { StagedFile } from '../files/place.ts';
import { readEntry } from '../files/read-entry.ts';
import { openStaged, writeFully } from '../files/staged-content.ts';
import { orderSteps, type Step } from '../files/step.ts';
import { isZero, type Journal } from '../journal/journal.ts';
import type { JournalEntry } from '../journal/journal-index.ts';
import { Slice } from '../slice.ts';
import { applySteps } from './apply-steps.ts';
import type { ManagedPaths } from './managed-paths.ts';
import { noteParents } from './note-parents.ts';
import { noVersion } from './version.ts';

export interface ReplayOptions {
  readonly journal: Journal;
  readonly files: ContainerFiles;
  readonly managed: ManagedPaths;
  readonly seconds: OwnSecond;
  readonly now: () => number;
}

export interface Replayed {
  /** How many paths were not as the journal says. */
  readonly changed: number;
  readonly problems: readonly PathProblem[];
}

/** Makes every path of the journal what the journal says. What already is so is not touched. */
export async function replayJournal(options: ReplayOptions): Promise<Replayed> {
  const { journal, files, managed, seconds, now } = options;
  const staged = new Map<string, StagedFile>();
  const steps: Step[] = [];
  const problems: PathProblem[] = [];
  const slice = new Slice();
  for (const entry of [...journal.index.entries()]) {
    if (slice.over) await slice.breathe();
    const { step, version } = entry;
    try {
      files.use((access) => {
        const found = readPresent(access, step.path);
        const wanted = entryOf(step);
        if (wanted === undefined ? found === undefined : sameEntry(found?.entry, wanted)) {
          if (wanted === undefined) managed.delete(step.path, version);
          else {
            managed.put(step.path, { entry: wanted, version, stamp: found?.stamp });
            noteParents(step.path, version, options);
          }
          return;
        }
        if (step.op === 'file') staged.set(step.path, stageRecorded(access, journal, entry));
        steps.push(step);
      });
    } catch (thrown) {
      problems.push(problemOf(step.path, thrown));
    }
  }
  // An agent that begins anew takes the journal's word for them; whoever replays looks at everything afterwards.
  for (const { path, entry, version } of journal.index.adopted()) {
    if (managed.get(path) === undefined && managed.tombstone(path) === undefined)
      managed.put(path, { entry, version });
  }
  const applied = await applySteps({
    steps: orderSteps(steps),
    versionOf: (step) => journal.index.get(step.path)?.version ?? noVersion,
    takeStaged: (path) => staged.get(path),
    files,
    managed,
    seconds,
    now,
  });
  return { changed: steps.length, problems: [...problems, ...applied.problems] };
}

function readPresent(access: FileAccess, path: string): ReturnType<typeof readEntry> {
  try {
    const { parent, name } = access.place(path);
    return readEntry(parent, name);
  } catch (thrown) {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    // A file where a directory of the path has to be: the steps will make way for it.
    if (thrown instanceof PathError && thrown.code === 'outside-root') return undefined;
    throw thrown;
  }
}

function stageRecorded(access: FileAccess, journal: Journal, entry: JournalEntry): StagedFile {
  const { fd, file } = openStaged(access, entry.step.path);
  try {
    const hash = createHash('sha256');
    let at = 0;
    for (const piece of journal.contentOf(entry)) {
      hash.update(piece);
      // The holes of a sparse file stay holes.
      if (!isZero(piece)) writeFully(fd, piece, at);
      at += piece.length;
    }
    ftruncateSync(fd, at);
    if (entry.step.op === 'file' && hash.digest('hex') !== entry.step.digest) {
      throw new PathError(
        'digest-mismatch',
        `${entry.step.path}: the journal holds other content than it says.`,
      );
    }
    return file;
  } finally {
    closeSync(fd);
  }
}

function entryOf(step: Step): TreeEntry | undefined {
  switch (step.op) {
    case 'file':
      return { type: 'file', size: step.size, exec: step.exec, digest: step.digest };
    case 'link':
      return { type: 'link', target: step.target };
    case 'dir':
      return { type: 'dir' };
    case 'remove':
      return undefined;
    default:
      return step satisfies never;
  }
}
