import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { treeFiles } from './cases.ts';
import type { Place } from './place.ts';

/** In the container. */
export const syncedFolder = '/srv/app';

const filesInFolder = 100;

export interface LocalTree {
  /** With `dev.config.ts` and manifests. */
  readonly project: string;
  /** What is synced. */
  readonly synced: string;
  /** Marks the app of this tree: its environment's BENCH_RUN. */
  readonly run: string;
}

/** A copy of the fixture that nobody else writes to. */
export async function makeLocalTree(place: Place, tree: string, user: string): Promise<LocalTree> {
  const run = `${place.run}-${tree}-${user}`;
  const project = path.join(place.dir, `${tree}-${user}`);
  await cp(path.join(place.root, 'bench', 'fixtures', 'project'), project, { recursive: true });
  const manifest = path.join(project, 'k8s.yaml');
  await writeFile(manifest, (await readFile(manifest, 'utf8')).replace('the-run', run));
  const synced = path.join(project, 'app');
  const files: Readonly<Record<string, number>> = treeFiles;
  await fill(synced, files[tree] ?? 0);
  return { project, synced, run };
}

/** Files of 1 KiB, a hundred in a folder. */
async function fill(synced: string, files: number): Promise<void> {
  for (let index = 0; index < files; index++) {
    const folder = path.join(synced, 'bulk', String(Math.floor(index / filesInFolder)).padStart(3, '0'));
    if (index % filesInFolder === 0) await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, `${index}.txt`), `file ${index}\n`.padEnd(1024, '.'));
  }
}
