import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { cacheRoot } from '../../src/artifacts/cache-root.ts';
import { boxFiles } from '../../src/box/box-files.ts';
import { recordedNames } from '../../src/box/box-record.ts';
import { tearDown } from '../../src/box/tear-down.ts';
import { silentReporter } from '../../src/core/reporter.ts';

export const sourcesDir = path.resolve(import.meta.dirname, '../../images/box');
export const cacheDir = cacheRoot(process.env);

export interface BoxPlaceForTests {
  readonly stateDir: string;
  /** What `createBox` wants beside a name. */
  readonly options: {
    readonly stateDir: string;
    readonly cacheDir: string;
    readonly sourcesDir: string;
    readonly reporter: typeof silentReporter;
  };
  idOf(name: string): string;
  /** Takes away every box of this place, whatever became of it. */
  remove(): Promise<void>;
}

/** A state folder for one test file; beside the cache, so that what is cached can be linked instead of copied. */
export async function boxPlace(): Promise<BoxPlaceForTests> {
  const stateDir = await mkdtemp(
    path.join(process.env['KDEV_STATE_DIR'] ? tmpdir() : path.dirname(cacheDir), 'kdev-boxes-'),
  );
  const place = { stateDir };
  return {
    stateDir,
    options: { stateDir, cacheDir, sourcesDir, reporter: silentReporter },
    idOf: (name) => boxFiles(place, name).id,
    remove: async () => {
      for (const name of await recordedNames(place)) await tearDown(place, boxFiles(place, name));
      await rm(stateDir, { recursive: true, force: true });
    },
  };
}
