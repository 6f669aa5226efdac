import { open } from 'node:fs/promises';
import { readFlags } from './digest-file.ts';
import { toFsPath } from './path-bytes.ts';

/** Reads a run of bytes of a file. Rejects with what the file system says, or when the file is shorter. */
export async function readRange(path: string, offset: number, length: number): Promise<Uint8Array> {
  const handle = await open(toFsPath(path), readFlags);
  try {
    const buffer = Buffer.allocUnsafe(length);
    for (let done = 0; done < length; ) {
      const { bytesRead } = await handle.read(buffer, done, length - done, offset + done);
      if (bytesRead === 0) throw new Error(`${path} is shorter than it was`);
      done += bytesRead;
    }
    return buffer;
  } finally {
    await handle.close();
  }
}
