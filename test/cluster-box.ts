import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { cacheRoot } from '../src/artifacts/cache-root.ts';
import { createBox } from '../src/box/create-box.ts';
import { deleteBox } from '../src/box/delete-box.ts';
import { stateRoot } from '../src/box/state-root.ts';
import { provideImages } from '../src/images/provide-images.ts';
import { temporaryDir } from './temporary-dir.ts';

const name = 'test-cluster';

let remove: () => Promise<void> = async () => undefined;

/** Makes the one box that all cluster tests share. */
export async function setup(): Promise<void> {
  const stateDir = stateRoot(process.env);
  const cacheDir = cacheRoot(process.env);
  const reporter = {
    step: (text: string) => void process.stdout.write(`· ${text}\n`),
    detail: () => undefined,
  };
  const dir = await temporaryDir('kdev-cluster-');
  remove = async () => {
    await deleteBox({ name, stateDir, reporter });
    await dir.remove();
  };
  const images = await provideImages({ cacheDir, reporter });
  const sourcesDir = path.resolve(import.meta.dirname, '..', 'images', 'box');
  const box = await createBox({ name, images, stateDir, cacheDir, sourcesDir, reporter });
  const kubeconfig = path.join(dir.path, 'kubeconfig');
  await writeFile(kubeconfig, box.kubeconfig, { mode: 0o600 });
  // Inherited by the processes that run the tests.
  process.env['KDEV_TEST_KUBECONFIG'] = kubeconfig;
}

/** Takes it away after them. */
export function teardown(): Promise<void> {
  return remove();
}
