import type { Journal } from '../journal/journal.ts';
import { maxPieces, type Pieces, patchPieces } from '../journal/pieces.ts';
import type { MadeOf, ReceivedBatch } from './received-batch.ts';

/** Content from here on goes to the journal in slices, before its batch, bytes. */
const largeBytes = 4 * 1024 * 1024;

/**
 * Brings to the journal what would hold everything else up if it were written with the batch, and where a file was
 * made of another one whose content is there already, only what is new. @throws ENOSPC and its like
 */
export async function journalLarge(options: {
  readonly batch: ReceivedBatch;
  readonly journal: Journal;
  readonly fingerprint: string;
}): Promise<ReadonlyMap<string, Pieces>> {
  const { batch, journal, fingerprint } = options;
  const found = new Map<string, Pieces>();
  for (const entry of batch.entries) {
    if (entry.op !== 'file') continue;
    const { path, size } = entry;
    const madeOf = batch.madeOf(path);
    const patched = madeOf === undefined ? undefined : await keepPatch(madeOf, size, journal, fingerprint);
    if (patched !== undefined) found.set(path, patched);
    else if (size >= largeBytes) found.set(path, await journal.keep(batch.content(path), fingerprint));
  }
  return found;
}

async function keepPatch(
  { path, digest, ranges, patch }: MadeOf,
  size: number,
  journal: Journal,
  fingerprint: string,
): Promise<Pieces | undefined> {
  const base = journal.piecesOf(path, digest);
  if (base === undefined || base.length + 2 * ranges.length > maxPieces) return undefined;
  const kept = patch.length === 0 ? [] : await journal.keep([patch], fingerprint);
  return patchPieces({ base, ranges, patch: kept, size });
}
