import { crc32 } from 'node:zlib';
import type { BatchItem, Blocks } from '../core/ports/endpoint.ts';
import { maxRanges, sumBlockBytes } from '../wire/messages.ts';

/** Files from here on are compared with what the container has before they are sent, bytes. */
const deltaFromBytes = 1024 * 1024;
/** More than this is not worth keeping in memory: then all of the file is sent, bytes. */
const maxPatchBytes = 8 * 1024 * 1024;

export interface Delta {
  readonly path: string;
  readonly ranges: readonly (readonly [offset: number, length: number])[];
  /** Content of the ranges, one behind the other. */
  readonly patch: readonly Uint8Array[];
}

type FileItem = Extract<BatchItem, { op: 'file' }>;

/**
 * Finds out what of a large file the container lacks. The sums of what was sent are kept, so that the next save of the
 * file asks nobody; where they are wrong the agent finds another digest and gets the file whole.
 */
export class Deltas {
  readonly #askSums: (path: string) => Promise<Buffer>;
  readonly #sums = new Map<string, Uint8Array>();

  constructor(askSums: (path: string) => Promise<Buffer>) {
    this.#askSums = askSums;
  }

  forget(path: string): void {
    this.#sums.delete(path);
  }

  /** Undefined where all of the file has to travel. */
  async plan(item: FileItem): Promise<Delta | undefined> {
    const { path, entry } = item;
    if (item.whole === true) this.forget(path);
    if (item.copyOf !== undefined && item.whole !== true) return { path: item.copyOf, ranges: [], patch: [] };
    if (item.whole === true || entry.size < deltaFromBytes || item.content instanceof Uint8Array)
      return undefined;
    const there = this.#sums.get(path) ?? (await this.#askSums(path));
    this.forget(path);
    // What is sent whole is there as well, if it arrives.
    if (item.blocks !== undefined) this.#sums.set(path, item.blocks.sums);
    if (there.length === 0) return undefined;
    const compared = item.blocks
      ? await compareSums(item.blocks, entry.size, there)
      : await compare(item.content(), entry.size, there);
    if (compared === undefined) return undefined;
    this.#sums.set(path, compared.sums);
    return { path, ranges: compared.ranges, patch: compared.patch };
  }
}

/** Reads what differs and nothing else. */
async function compareSums(
  { sums, read }: Blocks,
  size: number,
  there: Uint8Array,
): Promise<Compared | undefined> {
  const ranges: [number, number][] = [];
  let patchBytes = 0;
  for (let at = 0, index = 0; at < size; at += sumBlockBytes, index += 4) {
    if (isSame(sums, there, index)) continue;
    const length = Math.min(sumBlockBytes, size - at);
    patchBytes += length;
    const last = ranges.at(-1);
    if (last !== undefined && last[0] + last[1] === at) last[1] += length;
    else ranges.push([at, length]);
    if (patchBytes > maxPatchBytes || ranges.length > maxRanges) return undefined;
  }
  try {
    const patch: Uint8Array[] = [];
    for (const [offset, length] of ranges) patch.push(await read(offset, length));
    return { sums, ranges, patch };
  } catch {
    // It changes at this moment; whoever watches it reports what became of it.
    return undefined;
  }
}

function isSame(a: Uint8Array, b: Uint8Array, at: number): boolean {
  return at + 4 <= b.length && [0, 1, 2, 3].every((byte) => a[at + byte] === b[at + byte]);
}

interface Compared extends Pick<Delta, 'ranges' | 'patch'> {
  readonly sums: Uint8Array;
}

async function compare(
  content: AsyncIterable<Uint8Array>,
  size: number,
  sumsThere: Uint8Array,
): Promise<Compared | undefined> {
  const there = Buffer.from(sumsThere.buffer, sumsThere.byteOffset, sumsThere.length);
  const sums = Buffer.alloc(4 * Math.ceil(size / sumBlockBytes));
  const ranges: [number, number][] = [];
  const patch: Uint8Array[] = [];
  let patchBytes = 0;
  let at = 0;
  const take = (block: Uint8Array): boolean => {
    const index = at / sumBlockBytes;
    const sum = crc32(block);
    sums.writeUInt32BE(sum, 4 * index);
    const start = at;
    at += block.length;
    if (4 * index < there.length && there.readUInt32BE(4 * index) === sum) return true;
    const last = ranges.at(-1);
    if (last !== undefined && last[0] + last[1] === start) last[1] += block.length;
    else ranges.push([start, block.length]);
    // The block may lie in a buffer that is used again.
    patch.push(Buffer.from(block));
    patchBytes += block.length;
    return patchBytes <= maxPatchBytes && ranges.length <= maxRanges;
  };
  try {
    for await (const block of inBlocks(content, size)) if (!take(block)) return undefined;
  } catch {
    // It changes at this moment; whoever watches it reports what became of it.
    return undefined;
  }
  return at === size ? { sums, ranges, patch } : undefined;
}

async function* inBlocks(content: AsyncIterable<Uint8Array>, size: number): AsyncGenerator<Uint8Array> {
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let left = size;
  for await (const piece of content) {
    for (let at = 0; at < piece.length && left > 0; ) {
      const wanted = Math.min(sumBlockBytes, left) - heldBytes;
      const part = piece.subarray(at, at + wanted);
      at += part.length;
      if (part.length < wanted) {
        held.push(part);
        heldBytes += part.length;
        continue;
      }
      yield held.length === 0 ? part : Buffer.concat([...held, part]);
      left -= heldBytes + part.length;
      held = [];
      heldBytes = 0;
    }
  }
}
