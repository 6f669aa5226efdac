import path from 'node:path';
import { runTool } from '../artifacts/run-tool.ts';
import { silentReporter } from '../core/reporter.ts';
import type { BoxImage } from './box.ts';
import type { BoxFiles } from './box-files.ts';
import { seedRegistry } from './registry-storage.ts';

/** Images as they are handed over: at once, or made when they are asked for. */
export async function imagesOf(
  images: readonly BoxImage[] | (() => Promise<readonly BoxImage[]>) | undefined,
): Promise<readonly BoxImage[]> {
  return typeof images === 'function' ? images() : (images ?? []);
}

/** Where the mirror's registry of a box keeps its images, on the host. */
export function mirrorStorage(files: BoxFiles): string {
  return path.join(files.data, 'mirror');
}

/**
 * Brings the mirror of a live box up to date. A name that now means another image is also forgotten by the box's
 * container runtime, which would otherwise go on using the one it has.
 */
export async function refreshImages(
  pid: number,
  files: BoxFiles,
  images: readonly BoxImage[],
): Promise<void> {
  const changed = await seedRegistry(mirrorStorage(files), images);
  if (changed.length === 0) return;
  await runTool({
    command: 'nsenter',
    args: ['--all', '--target', String(pid), 'ctr', '--namespace', 'k8s.io', 'images', 'remove', ...changed],
    reporter: silentReporter,
    failure: {
      code: 'box-image-stuck',
      what: `The box still has the former ${changed.join(', ')}.`,
      cure: 'Delete the box and make it anew.',
    },
  });
}
