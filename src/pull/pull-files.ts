import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { WantedFile } from './choose-paths.ts';
import {
  digestAt,
  draftOf,
  fileDigest,
  linkDigest,
  makeParents,
  PlaceProblem,
  putFile,
  putLink,
} from './local-place.ts';
import type { PullMemory } from './pull-memory.ts';
import { type ArchiveEntry, readArchive } from './read-archive.ts';

/** What became of one path. */
export interface PulledFile {
  readonly path: string;
  /**
   * `same`: nothing to do; `new` and `updated`: written, or would be; `kept`: edited here and not written over;
   * `refused`: never written.
   */
  readonly state: 'same' | 'new' | 'updated' | 'kept' | 'refused';
  /** Of what is kept or refused. */
  readonly reason?: string;
}

export interface PullOptions {
  /** The project's, absolute. */
  readonly root: string;
  readonly archive: Readable;
  readonly wanted: readonly WantedFile[];
  readonly memory: PullMemory;
  /** Writes over edits that were made here. */
  readonly force: boolean;
  /** Only says what would happen. */
  readonly dryRun: boolean;
  readonly onFile: (file: PulledFile) => void;
}

/**
 * Brings files of a container into the tree, each whole and at once. Nothing is ever deleted, and what was edited here
 * since the last pull, or never came from one, is kept unless `force` says otherwise.
 *
 * @throws `pull-broken`; ENOSPC and its like
 */
export async function pullFiles(options: PullOptions): Promise<void> {
  const { archive, wanted, memory, dryRun, onFile } = options;
  const onRefused = (entry: { readonly name: string; readonly reason: string }): void =>
    onFile({ path: entry.name, state: 'refused', reason: entry.reason });
  try {
    for await (const entry of readArchive({ archive, wanted, onRefused })) {
      onFile({ path: entry.wanted.localPath, ...(await take(entry, options)) });
    }
  } finally {
    if (!dryRun) await memory.save();
  }
}

type Outcome = Pick<PulledFile, 'state' | 'reason'>;

async function take(entry: ArchiveEntry, options: PullOptions): Promise<Outcome> {
  const { root, memory, dryRun } = options;
  const { localPath } = entry.wanted;
  let draft: string | undefined;
  try {
    // Before anything is made: a folder in the place of a file, or a link above it, ends here.
    const before = await digestAt(root, localPath);
    const target = dryRun ? localPath : await makeParents(root, localPath);
    draft = dryRun || entry.type === 'link' ? undefined : draftOf(target);
    const after = entry.type === 'link' ? linkDigest(entry.target) : await receive(entry, draft);
    const outcome = decide({ before, after, pulled: memory.get(localPath), force: options.force });
    if (dryRun || outcome.state === 'kept') return outcome;
    if (outcome.state !== 'same') {
      if (entry.type === 'link') await putLink(root, target, entry.target);
      else if (draft !== undefined) await putFile(draft, target);
    }
    memory.set(localPath, after);
    return outcome;
  } catch (error) {
    if (entry.type === 'file') entry.skip();
    if (!(error instanceof PlaceProblem)) throw error;
    return { state: 'refused', reason: error.message };
  } finally {
    if (draft !== undefined) await rm(draft, { force: true });
  }
}

function decide(facts: {
  readonly before: string | undefined;
  readonly after: string;
  readonly pulled: string | undefined;
  readonly force: boolean;
}): Outcome {
  const { before, after, pulled, force } = facts;
  if (before === undefined) return { state: 'new' };
  if (before === after) return { state: 'same' };
  if (force || before === pulled) return { state: 'updated' };
  const reason =
    pulled === undefined
      ? 'it is another one here, and no pull wrote it'
      : 'it was edited here since the last pull';
  return { state: 'kept', reason };
}

/** Reads a file's content to its end, into the draft where there is one. */
async function receive(
  { content, exec }: Extract<ArchiveEntry, { type: 'file' }>,
  draft: string | undefined,
): Promise<string> {
  const hash = createHash('sha256');
  if (draft !== undefined) await rm(draft, { force: true });
  const file = draft === undefined ? undefined : await open(draft, 'wx', exec ? 0o777 : 0o666);
  try {
    for await (const chunk of content) {
      hash.update(chunk as Buffer);
      await file?.writeFile(chunk);
    }
  } finally {
    await file?.close();
  }
  return fileDigest(hash.digest('hex'), exec);
}
