import { crc32 } from 'node:zlib';
import type { BatchItem } from '../core/ports/endpoint.ts';
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
  readonly #sums = new Map<string, Buffer>();

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
    if (there.length === 0) return undefined;
    const compared = await compare(item.content(), entry.size, there);
    if (compared === undefined) return undefined;
    this.#sums.set(path, compared.sums);
    return { path, ranges: compared.ranges, patch: compared.patch };
  }
}

interface Compared extends Pick<Delta, 'ranges' | 'patch'> {
  readonly sums: Buffer;
}

async function compare(
  content: AsyncIterable<Uint8Array>,
  size: number,
  there: Buffer,
): Promise<Compared | undefined> {
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
