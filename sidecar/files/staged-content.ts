import {
  closeSync,
  constants,
  ftruncateSync,
  openSync,
  readSync,
  unlinkSync,
  write,
  writeSync,
} from 'node:fs';
import type { ContainerFiles } from './container-files.ts';
import type { FileAccess } from './file-access.ts';
import { errnoOf, PathError } from './path-error.ts';
import type { StagedFile } from './place.ts';
import { ownStagePrefix } from './stage-directory.ts';

let made = 0;
const holeBytes = 64 * 1024;
const zeros = Buffer.alloc(holeBytes);
const createFlags = constants.O_CREAT | constants.O_EXCL | constants.O_RDWR | constants.O_NOFOLLOW;

/** Makes an empty file where content for `path` waits; nobody but the agent may read it there. */
export function openStaged(
  access: FileAccess,
  path: string,
): { readonly fd: number; readonly file: StagedFile } {
  made += 1;
  const name = `${ownStagePrefix}${made}`;
  const { directory, staged } = access.stageOf(path);
  const fd = openSync(directory.at(name), createFlags, 0o600);
  return { fd, file: { stage: staged, name } };
}

/** Writes all of `bytes`; `writeSync` alone may write less. */
export function writeFully(fd: number, bytes: Uint8Array, position: number | null = null): void {
  for (let done = 0; done < bytes.length; ) {
    const at = position === null ? null : position + done;
    done += writeSync(fd, bytes, done, bytes.length - done, at);
  }
}

/** Copies a file's content from its start; the target then holds exactly that. */
export function copyContent(from: number, to: number): void {
  const buffer = Buffer.allocUnsafe(256 * 1024);
  let position = 0;
  for (let count = readSync(from, buffer, 0, buffer.length, 0); count > 0; ) {
    writeFully(to, buffer.subarray(0, count), position);
    position += count;
    count = readSync(from, buffer, 0, buffer.length, position);
  }
  ftruncateSync(to, position);
}

/** Removes content that found no place; where its container is gone there is nothing to remove. */
export function removeStaged(access: FileAccess, file: StagedFile): void {
  if (file.handle !== undefined) closeSync(file.handle);
  file.handle = undefined;
  // What was to be moved stays where it is.
  if (file.moved !== undefined) return;
  try {
    unlinkSync(access.staged(file));
  } catch (thrown) {
    if (!(thrown instanceof PathError) && errnoOf(thrown) === undefined) throw thrown;
  }
}

/** Content that arrives piece by piece for one file. */
export class StagedContent {
  readonly file: StagedFile;
  #fd: number | undefined;
  #length = 0;
  /** Nothing was written behind the last hole. */
  #hole = false;

  constructor(files: ContainerFiles, path: string) {
    const { fd, file } = files.use((access) => openStaged(access, path));
    this.file = file;
    this.#fd = fd;
  }

  /** Long runs of zeros become holes: a sparse file takes no more room here than where it comes from. */
  write(bytes: Uint8Array): void {
    if (this.#fd === undefined) return;
    for (let at = 0; at < bytes.length; ) {
      let end = at;
      while (end < bytes.length && !isZero(bytes.subarray(end, end + holeBytes))) end += holeBytes;
      end = Math.min(end, bytes.length);
      if (end > at) writeFully(this.#fd, bytes.subarray(at, end), this.#length);
      const hole = end < bytes.length ? holeBytes : 0;
      this.#hole = hole > 0;
      this.#length += end - at + hole;
      at = end + hole;
    }
  }

  /** The same beside other work; `bytes` must stay as they are until it resolves. One at a time. */
  async writeBeside(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += holeBytes) {
      if (!isZero(bytes.subarray(at, at + holeBytes))) continue;
      this.write(bytes);
      return;
    }
    const fd = this.#fd;
    for (let done = 0; fd !== undefined && done < bytes.length; ) {
      done += await writeAt(fd, bytes.subarray(done), this.#length + done);
    }
    this.#hole = false;
    this.#length += bytes.length;
  }

  /** All of it has come. The file stays open for whoever takes it on, or is closed now. */
  end(stayOpen: boolean): void {
    if (this.#fd === undefined) return;
    if (this.#hole) ftruncateSync(this.#fd, this.#length);
    if (stayOpen) {
      this.file.handle = this.#fd;
      this.#fd = undefined;
    } else {
      this.close();
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}

const writeAt = (fd: number, bytes: Uint8Array, position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    write(fd, bytes, 0, bytes.length, position, (error, count) => (error ? reject(error) : resolve(count)));
  });

function isZero(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && bytes.length === holeBytes && zeros.equals(bytes);
}

/** Whether an error means that nothing more can be staged for now. */
export function isFull(thrown: unknown): boolean {
  const code = errnoOf(thrown);
  return code === 'ENOSPC' || code === 'EDQUOT';
}
