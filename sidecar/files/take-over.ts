import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { Slice } from '../slice.ts';
import type { ContainerFiles } from './container-files.ts';
import { type Found, find, foundOf } from './found.ts';
import { unless } from './path-error.ts';
import type { StagedFile } from './place.ts';

const buffer = Buffer.allocUnsafe(256 * 1024);
const readFlags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * A file of the container that is to get another name, as if its content had been staged; undefined where it has to be
 * copied instead. Where it may have been changed since kdev put it there, it is read and hashed like all that comes.
 */
export async function takeOver(options: {
  readonly files: ContainerFiles;
  readonly path: string;
  readonly size: number;
  /** Lower-case hex SHA-256. */
  readonly digest: string;
  /** That it had when it was last known to have this content. */
  readonly stamp: string | undefined;
}): Promise<StagedFile | undefined> {
  const { files, path, size, digest, stamp } = options;
  const stage = { besidePath: path };
  const opened = files.use((access) => {
    const { parent, name, isMount } = access.place(path);
    // A mount cannot be renamed: see `readMountPoints`.
    if (isMount || name === '.') return undefined;
    if (stamp !== undefined) {
      const found = find(parent.at(name));
      if (found?.stamp === stamp && mayMove(found, size)) return { stage, name, moved: stamp };
    }
    const handle = unless(['ENOENT', 'ELOOP', 'EACCES', 'ENXIO'], () => openSync(parent.at(name), readFlags));
    return handle === undefined ? undefined : { stage, name, handle };
  });
  if (opened === undefined || 'moved' in opened) return opened;
  const { handle } = opened;
  let keep = false;
  try {
    const found = foundOf(fstatSync(handle, { bigint: true }));
    if (!mayMove(found, size) || (await digestOf(handle)) !== digest) return undefined;
    keep = true;
    return { ...opened, moved: found.stamp };
  } finally {
    if (!keep) closeSync(handle);
  }
}

/** Whether mode and times can be set, and it has no other name: a later change of one would be a change of both. */
function mayMove({ type, size, links, uid }: Found, wanted: number): boolean {
  const own = process.geteuid?.();
  return type === 'file' && size === wanted && links === 1 && (own === 0 || own === uid);
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
