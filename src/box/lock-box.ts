import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type FileLock, lockFile } from '../artifacts/file-lock.ts';
import type { Reporter } from '../core/reporter.ts';
import type { BoxPlace } from './box.ts';
import { type BoxFiles, machineDirOf } from './box-files.ts';

/**
 * Keeps other kdevs from making or removing the same box meanwhile; says so when it has to wait for one. The lock's
 * file is not in the box's folder, because removing that must not free it.
 */
export async function lockBox(
  place: BoxPlace,
  files: BoxFiles,
  options: { readonly name: string; readonly reporter: Reporter; readonly signal?: AbortSignal | undefined },
): Promise<FileLock> {
  const locks = path.join(machineDirOf(place), 'locks');
  await mkdir(locks, { recursive: true });
  return lockFile(path.join(locks, files.id), {
    signal: options.signal,
    onWait: () => options.reporter.step(`waiting for another kdev that works on the box ${options.name}`),
  });
}
