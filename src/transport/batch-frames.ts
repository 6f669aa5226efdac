import { deflateRawSync } from 'node:zlib';
import type { Batch, BatchItem } from '../core/ports/endpoint.ts';
import { encodeDataHeader, encodeMessage, encodeSqueezedHeader } from '../wire/frame.ts';
import { type BatchEntry, type ClientMessage, chunkBytes } from '../wire/messages.ts';
import type { Delta } from './delta.ts';

/** JSON of entries in one message at the most, bytes; well below the longest frame. */
const maxEntriesBytes = 1024 * 1024;

/** Shorter content is sent as it is, bytes. */
const leastSqueezedBytes = 4_096;

/** One run of bytes for the wire; `data` of them are content and need credit. */
export interface WireChunk {
  readonly bytes: readonly Uint8Array[];
  readonly data: number;
}

export interface FrameOptions {
  readonly deltas: ReadonlyMap<number, Delta>;
  /** Asked for each run of content: whether the link is so slow that compressing it pays. */
  readonly compress: () => boolean;
}

/**
 * A batch from its header to its COMMIT, in the order in which it must be written. Only what is read while it is sent
 * has to be waited for.
 */
export function* batchFrames(
  { seq, items, needsRestart, runs }: Batch,
  { deltas, compress }: FrameOptions,
): Generator<WireChunk | AsyncIterable<WireChunk>> {
  for (const entries of splitEntries(items.map((item, index) => entryOf(item, deltas.get(index))))) {
    yield { bytes: [encode({ type: 'batch', seq, entries })], data: 0 };
  }
  for (const [index, item] of items.entries()) {
    if (item.op !== 'file') continue;
    const patch = deltas.get(index)?.patch;
    if (patch !== undefined) for (const part of patch) yield* dataFrames(index, part, compress);
    else if (item.content instanceof Uint8Array)
      yield* dataFrames(index, item.content.subarray(0, item.entry.size), compress);
    else yield streamFrames(index, readContent(item.content, item.entry.size), compress);
  }
  const after = { ...(needsRestart && { restart: true }), ...(runs && { runs }) };
  yield { bytes: [encode({ type: 'commit', seq, ...after })], data: 0 };
}

function* dataFrames(index: number, content: Uint8Array, compress: () => boolean): Generator<WireChunk> {
  for (let start = 0; start < content.length; start += chunkBytes) {
    const slice = content.subarray(start, start + chunkBytes);
    const squeezed = squeezeZeros(slice) ?? (compress() ? squeeze(slice) : undefined);
    if (squeezed === undefined) {
      yield { bytes: [encodeDataHeader(index, slice.length), slice], data: slice.length };
    } else {
      const header = encodeSqueezedHeader(index, squeezed.length, slice.length);
      yield { bytes: [header, squeezed], data: squeezed.length };
    }
  }
}

async function* streamFrames(
  index: number,
  content: AsyncIterable<Uint8Array>,
  compress: () => boolean,
): AsyncGenerator<WireChunk> {
  for await (const part of content) yield* dataFrames(index, part, compress);
}

/**
 * The content of a file up to its announced size. A file that changes or vanishes while it is read ends early: the
 * agent then finds another digest and leaves that path alone, and the rest of the batch is not held up.
 */
async function* readContent(
  content: () => AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array> {
  let left = size;
  try {
    for await (const part of content()) {
      yield part.subarray(0, left);
      left -= part.length;
      if (left <= 0) return;
    }
  } catch {
    // Whoever watches the file reports what became of it; the path's digest says that it did not arrive.
  }
}

const zeros = Buffer.alloc(chunkBytes);
const squeezedZeros = deflateRawSync(zeros);

/** What is in the holes of a sparse file costs next to nothing, however fast the link is. */
function squeezeZeros(content: Uint8Array): Uint8Array | undefined {
  return content[0] === 0 && zeros.equals(content) ? squeezedZeros : undefined;
}

/** Undefined for what does not get much smaller, such as an image. */
function squeeze(content: Uint8Array): Uint8Array | undefined {
  if (content.length < leastSqueezedBytes) return undefined;
  const squeezed = deflateRawSync(content, { level: 1 });
  return squeezed.length < 0.9 * content.length ? squeezed : undefined;
}

function encode(message: ClientMessage): Buffer {
  return encodeMessage(message);
}

function entryOf(item: BatchItem, delta: Delta | undefined): BatchEntry {
  switch (item.op) {
    case 'file': {
      const { op, path, mode, entry } = item;
      const base = delta === undefined ? {} : { base: { path: delta.path, ranges: delta.ranges } };
      return { op, path, mode, size: entry.size, exec: entry.exec, digest: entry.digest, ...base };
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
    const ranges = entry.op === 'file' ? (entry.base?.ranges.length ?? 0) : 0;
    const other = entry.op === 'link' ? entry.target : entry.op === 'file' ? entry.base?.path : undefined;
    const entrySize = 300 + 6 * (entry.path.length + (other?.length ?? 0)) + 40 * ranges;
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
