import type { Batch, BatchItem } from '../core/ports/endpoint.ts';
import { encodeDataHeader, encodeMessage } from '../wire/frame.ts';
import { type BatchEntry, type ClientMessage, chunkBytes } from '../wire/messages.ts';

/** JSON of entries in one message at the most, bytes; well below the longest frame. */
const maxEntriesBytes = 1024 * 1024;

/** One run of bytes for the wire; `data` of them are content and need credit. */
export interface WireChunk {
  readonly bytes: readonly Uint8Array[];
  readonly data: number;
}

/** A batch from its header to its COMMIT, in the order in which it must be written. */
export async function* batchFrames({ seq, items, needsRestart }: Batch): AsyncGenerator<WireChunk> {
  for (const entries of splitEntries(items.map(entryOf))) {
    yield { bytes: [encode({ type: 'batch', seq, entries })], data: 0 };
  }
  for (const [index, item] of items.entries()) {
    if (item.op !== 'file') continue;
    for await (const part of readContent(item)) {
      for (let start = 0; start < part.length; start += chunkBytes) {
        const slice = part.subarray(start, start + chunkBytes);
        yield { bytes: [encodeDataHeader(index, slice.length), slice], data: slice.length };
      }
    }
  }
  yield { bytes: [encode({ type: 'commit', seq, ...(needsRestart && { restart: true }) })], data: 0 };
}

/**
 * The content of a file up to its announced size. A file that changes or vanishes while it is read ends early: the
 * agent then finds another digest and leaves that path alone, and the rest of the batch is not held up.
 */
async function* readContent(item: Extract<BatchItem, { op: 'file' }>): AsyncGenerator<Uint8Array> {
  if (item.content instanceof Uint8Array) {
    yield item.content.subarray(0, item.entry.size);
    return;
  }
  let left = item.entry.size;
  try {
    for await (const part of item.content()) {
      yield part.subarray(0, left);
      left -= part.length;
      if (left <= 0) return;
    }
  } catch {
    // Whoever watches the file reports what became of it; the path's digest says that it did not arrive.
  }
}

function encode(message: ClientMessage): Buffer {
  return encodeMessage(message);
}

function entryOf(item: BatchItem): BatchEntry {
  switch (item.op) {
    case 'file': {
      const { op, path, mode, entry } = item;
      return { op, path, mode, size: entry.size, exec: entry.exec, digest: entry.digest };
    }
    case 'link':
    case 'dir':
    case 'delete':
    case 'adopt':
      return item;
    default:
      return item satisfies never;
  }
}

function* splitEntries(entries: readonly BatchEntry[]): Generator<readonly BatchEntry[]> {
  let run: BatchEntry[] = [];
  let size = 0;
  for (const entry of entries) {
    // Escaped, a character of a path or link target takes six bytes at the most.
    const entrySize = 300 + 6 * (entry.path.length + (entry.op === 'link' ? entry.target.length : 0));
    if (size + entrySize > maxEntriesBytes && run.length > 0) {
      yield run;
      run = [];
      size = 0;
    }
    run.push(entry);
    size += entrySize;
  }
  // Without any entry it still is a batch: the agent acknowledges its seq.
  if (run.length > 0 || entries.length === 0) yield run;
}
