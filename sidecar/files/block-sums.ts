import { closeSync, constants, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { sumBlockBytes } from '../../src/wire/messages.ts';
import { Slice } from '../slice.ts';
import type { ContainerFiles } from './container-files.ts';

const buffer = Buffer.allocUnsafe(sumBlockBytes);
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
/** Of a file, that an answer fits in one message. */
const maxSumsBytes = 1024 * 1024;

/** The sums of a file's blocks as `sums` of the wire tells them; nothing for one that is too large. @throws as open(2) */
export async function blockSums(files: ContainerFiles, path: string, size: number): Promise<Buffer> {
  const blocks = Math.ceil(size / sumBlockBytes);
  if (4 * blocks > maxSumsBytes) return Buffer.alloc(0);
  const sums = Buffer.alloc(4 * blocks);
  const fd = files.use((access) => {
    const { parent, name } = access.place(path);
    return openSync(parent.at(name), readFlags);
  });
  try {
    const slice = new Slice();
    for (let block = 0; block < blocks; block++) {
      if (slice.over) await slice.breathe();
      const count = readSync(fd, buffer, 0, buffer.length, block * sumBlockBytes);
      sums.writeUInt32BE(crc32(buffer.subarray(0, count)), 4 * block);
    }
    return sums;
  } finally {
    closeSync(fd);
  }
}
