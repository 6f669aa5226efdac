import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A new directory under the system's, by its real path. */
export async function temporaryDir(
  prefix: string,
): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const dir = await realpath(await mkdtemp(path.join(tmpdir(), prefix)));
  return { path: dir, remove: () => rm(dir, { recursive: true, force: true }) };
}
