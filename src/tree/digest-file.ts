import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { BlockSums } from './block-sums.ts';
import { lookOfError } from './look.ts';
import { toFsPath } from './path-bytes.ts';
import { type Stamp, sameStamp, stampOf } from './stamp.ts';

/** Files up to this size are read in one go; larger ones are streamed, so that they block nobody. */
export const largeBytes = 1024 * 1024;

// O_NONBLOCK: a fifo that takes the file's place must not block the open.
export const readFlags: number = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const chunkBytes = 1024 * 1024;

export type Digested =
  /** With the content of a small file, and what the blocks of a large one sum up to. */
  | {
      readonly type: 'digest';
      readonly digest: string;
      readonly content?: Uint8Array;
      readonly sums?: Uint8Array;
    }
  /** It is not, or no longer, what `stamp` says. */
  | { readonly type: 'changing' }
  | { readonly type: 'missing' }
  | { readonly type: 'unreadable'; readonly code: string };

/**
 * SHA-256 of a file of at most `largeBytes` that had `stamp` a moment ago: read, then compared with a stat after the
 * read, so that digest and stamp belong together. `content` is what was read.
 */
export function digestFile(path: string, stamp: Stamp): Digested {
  let fd: number;
  try {
    fd = openSync(toFsPath(path), readFlags);
  } catch (thrown) {
    return lookOfOpen(thrown);
  }
  try {
    // One byte more than expected, to see growth.
    const buffer = Buffer.allocUnsafe(stamp.size + 1);
    let bytes = 0;
    for (let read = -1; read !== 0 && bytes < buffer.length; bytes += read) {
      read = readSync(fd, buffer, bytes, buffer.length - bytes, null);
    }
    const after = stampOf(fstatSync(fd, { bigint: true }));
    if (bytes !== stamp.size || !sameStamp(after, stamp)) return { type: 'changing' };
    const content = buffer.subarray(0, bytes);
    return { type: 'digest', digest: hash('sha256', content, 'hex'), content };
  } catch (thrown) {
    return lookOfOpen(thrown);
  } finally {
    closeSync(fd);
  }
}

/** The same for a file of any size, in pieces and without blocking. Rejects with the signal's reason only. */
export async function digestLargeFile(path: string, stamp: Stamp, signal?: AbortSignal): Promise<Digested> {
  const sum = createHash('sha256');
  const blocks = new BlockSums();
  let bytes = 0;
  try {
    const handle = await open(toFsPath(path), readFlags);
    try {
      const size = Math.min(chunkBytes, stamp.size + 1);
      const [one, other] = [Buffer.allocUnsafeSlow(size), Buffer.allocUnsafeSlow(size)];
      // The next piece is read while this one is hashed.
      let reading = handle.read(one, 0, size, null);
      for (;;) {
        const { bytesRead, buffer } = await reading;
        signal?.throwIfAborted();
        bytes += bytesRead;
        if (bytesRead === 0 || bytes > stamp.size) break;
        reading = handle.read(buffer === one ? other : one, 0, size, null);
        const piece = buffer.subarray(0, bytesRead);
        sum.update(piece);
        blocks.add(piece);
      }
      const after = stampOf(await handle.stat({ bigint: true }));
      if (bytes !== stamp.size || !sameStamp(after, stamp)) return { type: 'changing' };
      return { type: 'digest', digest: sum.digest('hex'), sums: blocks.take() };
    } finally {
      await handle.close();
    }
  } catch (thrown) {
    signal?.throwIfAborted();
    return lookOfOpen(thrown);
  }
}

// ELOOP: a link took the file's place; ENXIO: a socket did; EISDIR: a directory.
function lookOfOpen(thrown: unknown): Digested {
  const look = lookOfError(thrown);
  const replaced = look.type === 'unreadable' && ['ELOOP', 'ENXIO', 'EISDIR'].includes(look.code);
  return replaced ? { type: 'changing' } : look;
}
