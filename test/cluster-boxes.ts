import { readdir } from 'node:fs/promises';
import type { TestProject } from 'vitest/node';
import { cacheRoot } from '../src/artifacts/cache-root.ts';
import { deleteBox } from '../src/box/delete-box.ts';
import { stateRoot } from '../src/box/state-root.ts';
import { type ImageName, imageNames } from '../src/images/image-names.ts';
import { type ProvidedImage, provideImages } from '../src/images/provide-images.ts';
import { temporaryDir } from './temporary-dir.ts';

declare module 'vitest' {
  interface ProvidedContext {
    readonly images: readonly ProvidedImage[];
    /** Folder of kubeconfigs, each named like its box. */
    readonly kubeconfigs: string;
  }
}

/** Also what tests of boxes without a registry of their own need. */
const allImages = Object.keys(imageNames) as ImageName[];

/** Makes what every box of the cluster tests is made from; what it returns takes those boxes away. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const reporter = {
    step: (text: string) => void process.stdout.write(`· ${text}\n`),
    detail: () => undefined,
  };
  const kubeconfigs = await temporaryDir('kdev-cluster-');
  project.provide('images', [
    ...(await provideImages({ cacheDir: cacheRoot(process.env), reporter, names: allImages })),
  ]);
  project.provide('kubeconfigs', kubeconfigs.path);
  return async () => {
    const names = await readdir(kubeconfigs.path);
    const stateDir = stateRoot(process.env);
    await Promise.all(names.map((name) => deleteBox({ name, stateDir, reporter })));
    await kubeconfigs.remove();
  };
}
