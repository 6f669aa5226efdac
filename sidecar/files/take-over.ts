import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { Slice } from '../slice.ts';
import type { ContainerFiles } from './container-files.ts';
import { type Found, foundOf } from './found.ts';
import { unless } from './path-error.ts';
import type { StagedFile } from './place.ts';

const buffer = Buffer.allocUnsafe(256 * 1024);
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * A file of the container that is to get another name, as if its content had been staged; undefined where it has to be
 * copied instead. It is read and hashed like everything that comes: what kdev put there may have been changed since.
 */
export async function takeOver(options: {
  readonly files: ContainerFiles;
  readonly path: string;
  readonly size: number;
  /** Lower-case hex SHA-256. */
  readonly digest: string;
}): Promise<StagedFile | undefined> {
  const { files, path, size, digest } = options;
  const opened = files.use((access) => {
    const { parent, name, isMount } = access.place(path);
    // A mount cannot be renamed: see `readMountPoints`.
    if (isMount || name === '.') return undefined;
    const handle = unless(['ENOENT', 'ELOOP', 'EACCES', 'ENXIO'], () => openSync(parent.at(name), readFlags));
    return handle === undefined ? undefined : { handle, name };
  });
  if (opened === undefined) return undefined;
  const { handle, name } = opened;
  let keep = false;
  try {
    const stats = fstatSync(handle, { bigint: true });
    const found = foundOf(stats);
    // Under another name of the same file a later change of one would be a change of both.
    if (stats.nlink !== 1n || !isOurs(found) || found.type !== 'file' || found.size !== size)
      return undefined;
    if ((await digestOf(handle)) !== digest) return undefined;
    keep = true;
    return { stage: { besidePath: path }, name, handle, moved: found.stamp };
  } finally {
    if (!keep) closeSync(handle);
  }
}

/** Whether mode and times can be set. */
function isOurs({ uid }: Found): boolean {
  const own = process.geteuid?.();
  return own === 0 || own === uid;
}

async function digestOf(fd: number): Promise<string> {
  const slice = new Slice();
  const hash = createHash('sha256');
  let at = 0;
  for (let count = -1; count !== 0; at += count) {
    if (slice.over) await slice.breathe();
    count = readSync(fd, buffer, 0, buffer.length, at);
    hash.update(buffer.subarray(0, count));
  }
  return hash.digest('hex');
}
