import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { readKdev, runKdev } from './kdev-process.ts';
import type { Say } from './tour/report.ts';

const boxName = 'demo';

/** What a person runs, from kdev's own folder, to get rid of the demo. */
export const removeCommand = `bin/kdev box delete ${boxName}`;

export interface DemoBox {
  readonly kubeconfig: string;
  /** It was running before the demo came. */
  readonly wasThere: boolean;
}

/** The box of the demo, made when it is not there, with everything it is made of. */
export async function provideDemoBox(options: {
  readonly root: string;
  readonly cacheDir: string;
  readonly say: Say;
}): Promise<DemoBox> {
  const { root, cacheDir, say } = options;
  const existing = await readKdev(['box', 'kubeconfig', boxName], root);
  if (existing !== undefined) {
    say(`Using the box "${boxName}", which is there already.`);
    return { kubeconfig: existing, wasThere: true };
  }
  if (await isFirstTime(cacheDir)) {
    say(
      'First time on this machine: about 15 minutes on two cores and 10 GB of disk, most of it for compiling',
    );
    say(`Kubernetes from source. Everything is kept in ${cacheDir}; the next time takes seconds.`);
  }
  await runKdev(['box', 'create', boxName], root);
  const kubeconfig = await readKdev(['box', 'kubeconfig', boxName], root);
  if (kubeconfig === undefined) throw new Error(`The box "${boxName}" was made, but it is gone again.`);
  return { kubeconfig, wasThere: false };
}

export function deleteDemoBox(root: string): Promise<void> {
  return runKdev(['box', 'delete', boxName], root);
}

async function isFirstTime(cacheDir: string): Promise<boolean> {
  const made = await readdir(path.join(cacheDir, 'kubernetes')).catch(() => []);
  return !made.some((entry) => !entry.includes('.'));
}
