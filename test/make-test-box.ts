import path from 'node:path';
import { cacheRoot } from '../src/artifacts/cache-root.ts';
import type { BoxImage } from '../src/box/box.ts';
import { createBox } from '../src/box/create-box.ts';
import { stateRoot } from '../src/box/state-root.ts';
import { silentReporter } from '../src/core/reporter.ts';

/** Makes a box with kdev's images in the run's state folder; its kubeconfig. */
export async function makeTestBox(name: string, images: readonly BoxImage[]): Promise<string> {
  const box = await createBox({
    name,
    images,
    stateDir: stateRoot(process.env),
    cacheDir: cacheRoot(process.env),
    sourcesDir: path.resolve(import.meta.dirname, '..', 'images', 'box'),
    reporter: silentReporter,
  });
  return box.kubeconfig;
}
