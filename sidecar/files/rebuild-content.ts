import { createHash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { Ranges } from '../../src/wire/messages.ts';
import { Slice } from '../slice.ts';
import type { ContainerFiles } from './container-files.ts';
import { PathError } from './path-error.ts';
import { StagedContent } from './staged-content.ts';

/** Two of these are in use while a file is made: one is filled and hashed while the other is written. */
const bufferBytes = 1024 * 1024;
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

export interface Rebuilding {
  readonly files: ContainerFiles;
  /** In the container: the file to be made, and the one that most of its content is in. */
  readonly path: string;
  readonly base: string;
  readonly size: number;
  /** Lower-case hex SHA-256 of the whole. */
  readonly digest: string;
  /** Where the base does not have it, and what is there: the ranges' bytes one behind the other. */
  readonly ranges: Ranges;
  readonly patch: Buffer;
}

/**
 * Stages a file that is made of another one's content. Nothing is trusted: what comes out has the digest or is removed
 * by whoever called. @throws PathError `send-whole`; ENOSPC and its like, with `onStaged` called before
 */
export async function rebuildContent(
  { files, path, base, size, digest, ranges, patch }: Rebuilding,
  onStaged: (content: StagedContent) => void,
): Promise<void> {
  const source = files.use((access) => {
    const { parent, name } = access.place(base);
    return openSync(parent.at(name), readFlags);
  });
  let writing: Promise<void> | undefined;
  try {
    const content = new StagedContent(files, path);
    onStaged(content);
    const hash = createHash('sha256');
    const slice = new Slice();
    const isSmall = size <= bufferBytes;
    const buffers = Array.from({ length: isSmall ? 1 : 2 }, () =>
      Buffer.allocUnsafe(Math.min(size, bufferBytes)),
    );
    let next = 0;
    let taken = 0;
    for (let at = 0; at < size; ) {
      if (slice.over) await slice.breathe();
      const [offset, length] = ranges[next] ?? [size, 0];
      let piece: Buffer;
      if (at < offset) {
        const buffer = buffers.reverse()[0] ?? nothing;
        const count = readSync(source, buffer, 0, Math.min(buffer.length, offset - at), at);
        if (count === 0) throw new PathError('send-whole', `${base} is shorter than was thought.`);
        piece = buffer.subarray(0, count);
      } else {
        piece = patch.subarray(taken, taken + length);
        taken += length;
        next += 1;
      }
      await writing;
      if (isSmall) content.write(piece);
      else writing = begin(content.writeBeside(piece));
      hash.update(piece);
      at += piece.length;
    }
    await writing;
    content.end(false);
    if (hash.digest('hex') !== digest)
      throw new PathError('send-whole', `${path} cannot be made of ${base}: that holds something else.`);
  } finally {
    // Nothing may be written any more when whoever called closes the file.
    await writing?.catch(() => undefined);
    closeSync(source);
  }
}

const nothing = Buffer.alloc(0);

/** Its failure is met by whoever awaits it, however late that is. */
function begin(writing: Promise<void>): Promise<void> {
  writing.catch(() => undefined);
  return writing;
}
