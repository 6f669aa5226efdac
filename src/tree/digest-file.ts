import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { lookOfError } from './look.ts';
import { toFsPath } from './path-bytes.ts';
import { type Stamp, sameStamp, stampOf } from './stamp.ts';

/** Files up to this size are read in one go; larger ones are streamed, so that they block nobody. */
export const largeBytes = 1024 * 1024;

// O_NONBLOCK: a fifo that takes the file's place must not block the open.
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const chunkBytes = 256 * 1024;

export type Digested =
  | { readonly type: 'digest'; readonly digest: string; readonly content?: Uint8Array }
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
  let bytes = 0;
  try {
    const handle = await open(toFsPath(path), readFlags);
    try {
      const buffer = Buffer.allocUnsafe(chunkBytes);
      for (;;) {
        signal?.throwIfAborted();
        const { bytesRead } = await handle.read(buffer, 0, buffer.length, null);
        if (bytesRead === 0 || bytes > stamp.size) break;
        bytes += bytesRead;
        sum.update(buffer.subarray(0, bytesRead));
      }
      const after = stampOf(await handle.stat({ bigint: true }));
      if (bytes !== stamp.size || !sameStamp(after, stamp)) return { type: 'changing' };
      return { type: 'digest', digest: sum.digest('hex') };
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
