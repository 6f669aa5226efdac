import { chmod, mkdtemp, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Kubectl } from './kubectl.ts';

export interface FoundKubectl extends Kubectl {
  /** Removes what was made to find it. */
  discard(): Promise<void>;
}

/**
 * The kubectl that came with a box (it is one of the names of the box's Kubernetes binary), else the one on PATH.
 *
 * @param options.cacheDir where boxes keep what they compiled
 * @param options.kubeconfig text of a kubeconfig; absent = kubectl's own choice
 */
export async function findKubectl(options: {
  readonly cacheDir: string;
  readonly kubeconfig?: string;
  readonly context?: string;
}): Promise<FoundKubectl> {
  const folder = await mkdtemp(path.join(tmpdir(), 'kdev-kubectl-'));
  const found: FoundKubectl = {
    binary: 'kubectl',
    discard: () => rm(folder, { recursive: true, force: true }),
    ...(options.context === undefined ? {} : { context: options.context }),
  };
  const compiled = await newestCompiled(path.join(options.cacheDir, 'kubernetes'));
  const binary = path.join(folder, 'kubectl');
  if (compiled !== undefined) await symlink(compiled, binary);
  const kubeconfig = path.join(folder, 'kubeconfig');
  if (options.kubeconfig !== undefined) {
    await writeFile(kubeconfig, options.kubeconfig);
    await chmod(kubeconfig, 0o600);
  }
  return {
    ...found,
    ...(compiled === undefined ? {} : { binary }),
    ...(options.kubeconfig === undefined ? {} : { kubeconfig }),
  };
}

async function newestCompiled(shelf: string): Promise<string | undefined> {
  let newest: { readonly file: string; readonly mtimeMs: number } | undefined;
  for (const key of await readdir(shelf).catch(() => [])) {
    const file = path.join(shelf, key, 'kubernetes');
    const stats = key.includes('.') ? undefined : await stat(file).catch(() => undefined);
    if (stats !== undefined && stats.mtimeMs > (newest?.mtimeMs ?? 0))
      newest = { file, mtimeMs: stats.mtimeMs };
  }
  return newest?.file;
}
