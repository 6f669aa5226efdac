import { closeSync, constants, fstatSync, openSync } from 'node:fs';
import { toFsPath } from '../../src/tree/path-bytes.ts';
import { errnoOf, PathError } from './path-error.ts';

/** open(2): the handle serves as a place to start from; needs no read permission. Node has no name for it. */
const O_PATH = 0o10000000;
const directoryFlags = O_PATH | constants.O_DIRECTORY;

/** A directory held by a file descriptor, so that what its path means cannot change under us. */
export class Directory {
  readonly fd: number;
  #owner: { readonly uid: number; readonly gid: number; readonly mode: number } | undefined;

  private constructor(fd: number) {
    this.fd = fd;
  }

  /** Follows links: only for paths that are the sidecar's own, and for `/proc/<pid>/root`. */
  static open(path: string): Directory {
    return new Directory(openSync(toFsPath(path), directoryFlags));
  }

  /** The sub-directory of that name, never through a link. @throws ENOENT, ENOTDIR (a link among others), EACCES */
  enter(name: string): Directory {
    return new Directory(openSync(this.at(name), directoryFlags | constants.O_NOFOLLOW));
  }

  /** The path of `name` in here for file system calls. The name must have no `/` and be neither empty nor `..`. */
  at(name: string): string | Buffer {
    return toFsPath(`/proc/self/fd/${this.fd}/${name}`);
  }

  get self(): string {
    return `/proc/self/fd/${this.fd}`;
  }

  /** Who owns it and its permission bits, as they were when first asked. */
  get owner(): { readonly uid: number; readonly gid: number; readonly mode: number } {
    if (this.#owner === undefined) {
      const { uid, gid, mode } = fstatSync(this.fd);
      this.#owner = { uid, gid, mode };
    }
    return this.#owner;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** What a refused step of a walk means for the path that was wanted. */
export function walkError(thrown: unknown, path: string, part: string): unknown {
  const code = errnoOf(thrown);
  if (code !== 'ENOTDIR' && code !== 'ELOOP') return thrown;
  return new PathError(
    'outside-root',
    `${path} was left alone: ${part} on the way to it is a symbolic link or no directory, and kdev follows no links below a mapping.`,
  );
}
