import { constants, createReadStream, type ReadStream } from 'node:fs';
import type { FileEntry } from '../core/entry.ts';
import { KdevError } from '../core/error.ts';
import type { Blocks } from '../core/ports/endpoint.ts';
import { type Digested, digestFile, digestLargeFile, largeBytes } from './digest-file.ts';
import { lookAt } from './look.ts';
import { toFsPath } from './path-bytes.ts';
import { type KnownDigests, noDigests } from './read-entry.ts';
import { readRange } from './read-range.ts';
import { type Stamp, sameStamp } from './stamp.ts';

export type FileReading =
  | {
      readonly type: 'file';
      readonly entry: FileEntry;
      /** The nine permission bits. */
      readonly mode: number;
      /** Up to 1 MiB whole; beyond that a stream, each call one from the beginning. */
      readonly content: Uint8Array | (() => AsyncIterable<Uint8Array>);
      /** Of a large file, where they are known. */
      readonly blocks?: Blocks;
    }
  /** Not there, or no file. */
  | { readonly type: 'gone' }
  /** Still being written after several tries. */
  | { readonly type: 'busy' }
  | { readonly type: 'unreadable'; readonly code: string };

const tries = 5;

/**
 * Reads a file so that entry and content belong together: stat, read, stat, again when they differ. The stream of a
 * large file ends with an error of code `file-changed` when it is no longer what `entry` says.
 */
export async function readStable(
  path: string,
  options: {
    readonly key?: string;
    readonly digests?: KnownDigests;
    /** What the blocks of a large file under that stamp sum up to, see `BlockSums`. */
    readonly sums?: (stamp: Stamp) => Uint8Array | undefined;
    readonly signal?: AbortSignal;
  } = {},
): Promise<FileReading> {
  const { key = path, digests = noDigests, signal } = options;
  for (let attempt = 0; attempt < tries; attempt++) {
    const look = lookAt(path);
    if (look.type === 'unreadable') return look;
    if (look.type !== 'file') return { type: 'gone' };
    const { size } = look.stamp;
    const known = size > largeBytes ? digests.find(key, look.stamp) : undefined;
    const digested: Digested =
      known !== undefined
        ? knownDigest(known, options.sums?.(look.stamp))
        : size > largeBytes
          ? await digestLargeFile(path, look.stamp, signal)
          : digestFile(path, look.stamp);
    if (digested.type === 'unreadable') return digested;
    if (digested.type !== 'digest') continue;
    const entry: FileEntry = { type: 'file', size, exec: look.exec, digest: digested.digest };
    return {
      type: 'file',
      entry,
      mode: look.mode,
      content: digested.content ?? (() => streamChecked(path, entry, look.stamp)),
      ...(digested.sums && { blocks: blocksOf(path, digested.sums, look.stamp) }),
    };
  }
  return { type: 'busy' };
}

function knownDigest(digest: string, sums: Uint8Array | undefined): Digested {
  return { type: 'digest', digest, ...(sums !== undefined && { sums }) };
}

function blocksOf(path: string, sums: Uint8Array, stamp: Stamp): Blocks {
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    try {
      const content = await readRange(path, offset, length);
      const look = lookAt(path);
      if (look.type === 'file' && sameStamp(look.stamp, stamp)) return content;
    } catch (thrown) {
      throw changedWhileRead(path, thrown);
    }
    throw changedWhileRead(path);
  };
  return { sums, read };
}

async function* streamChecked(
  path: string,
  entry: FileEntry,
  stamp: Stamp,
): AsyncGenerator<Uint8Array, void, void> {
  let bytes = 0;
  try {
    for await (const chunk of openStream(path)) {
      const piece = chunk as Buffer;
      bytes += piece.length;
      if (bytes > entry.size) break;
      yield piece;
    }
  } catch (thrown) {
    throw changedWhileRead(path, thrown);
  }
  // Whoever receives it checks the digest; here a changed stamp says early that it would be another one.
  const look = lookAt(path);
  if (bytes !== entry.size || look.type !== 'file' || !sameStamp(look.stamp, stamp))
    throw changedWhileRead(path);
}

function openStream(path: string): ReadStream {
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  // @types/node knows string flags only; the number is what fs.open takes.
  return createReadStream(toFsPath(path), { flags: flags as unknown as string, highWaterMark: 1024 * 1024 });
}

function changedWhileRead(path: string, cause?: unknown): KdevError {
  return new KdevError({
    code: 'file-changed',
    fault: 'environment',
    what: `${path} changed while it was being sent`,
    cure: 'It is sent again as soon as it rests.',
    cause,
  });
}
