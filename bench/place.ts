import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { cacheRoot } from '../src/artifacts/cache-root.ts';
import { ensureDebianPackages } from '../src/artifacts/debian-packages.ts';
import type { Box } from '../src/box/box.ts';
import { createBox } from '../src/box/create-box.ts';
import { deleteBox } from '../src/box/delete-box.ts';
import { provideKubectl } from '../src/box/kubernetes-programs.ts';
import type { Reporter } from '../src/core/reporter.ts';
import { packageRoot } from '../src/images/package-root.ts';
import { provideImages } from '../src/images/provide-images.ts';
import { provideFixtureImage } from './fixture-image.ts';

const name = 'bench';

/** Where a run happens: a folder and a box of its own. */
export interface Place {
  /** Removed with the box. */
  readonly dir: string;
  /** kdev's package. */
  readonly root: string;
  readonly cacheDir: string;
  readonly box: Box;
  readonly kubectl: string;
  /** Of every program that is started: the box's cluster, and nothing of the person's own. */
  readonly env: NodeJS.ProcessEnv;
  /** Told apart from other runs on this machine by it. */
  readonly run: string;
  readonly reporter: Reporter;
  /** Runs kubectl to its end. @throws with what it printed */
  ask(args: readonly string[]): Promise<string>;
}

/** Makes the place, lets `work` use it, and takes it away whatever happens. */
export async function withPlace<T>(
  options: { readonly reporter: Reporter; readonly signal: AbortSignal },
  work: (place: Place) => Promise<T>,
): Promise<T> {
  const { reporter, signal } = options;
  const root = packageRoot();
  const cacheDir = cacheRoot(process.env);
  const sourcesDir = path.join(root, 'images', 'box');
  const provide = { cacheDir, reporter, signal };
  await ensureDebianPackages(['rsync', 'openssh-client'], provide);
  const fixture = await provideFixtureImage({
    ...provide,
    fixturesDir: path.join(root, 'bench', 'fixtures'),
  });
  const kubectl = await provideKubectl({ ...provide, sourcesDir });
  const images = [...(await provideImages(provide)), fixture];
  const dir = await mkdtemp(path.join(tmpdir(), 'kdev-bench-'));
  const stateDir = path.join(dir, 'state');
  try {
    const box = await createBox({ name, images, stateDir, cacheDir, sourcesDir, reporter, signal });
    try {
      const kubeconfig = path.join(dir, 'kubeconfig');
      await writeFile(kubeconfig, box.kubeconfig, { mode: 0o600 });
      const env = { ...process.env, KUBECONFIG: kubeconfig, KDEV_STATE_DIR: stateDir, NO_COLOR: '1' };
      const ask = async (args: readonly string[]): Promise<string> =>
        (await promisify(execFile)(kubectl, args, { env, signal })).stdout;
      const run = path.basename(dir);
      return await work({ dir, root, cacheDir, box, kubectl, env, run, reporter, ask });
    } finally {
      await deleteBox({ name, stateDir, reporter });
    }
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
