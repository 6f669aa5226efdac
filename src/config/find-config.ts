import { statSync } from 'node:fs';
import path from 'node:path';
import { KdevError } from '../core/error.ts';

/** In the order of preference within one folder. */
export const configNames: readonly string[] = [
  'dev.config.ts',
  'dev.config.mts',
  'dev.config.js',
  'dev.config.mjs',
];

/** Whether a path is named like a configuration that kdev would find by itself. */
export function isConfigName(file: string): boolean {
  return configNames.includes(path.basename(file));
}

/**
 * The configuration that applies in `cwd`: the named file, else the nearest `dev.config.ts` there or above. Absolute.
 *
 * @throws KdevError `config-missing`.
 */
export function findConfig(cwd: string, named?: string): string {
  if (named !== undefined) {
    const file = path.resolve(cwd, named);
    if (isFile(file)) return file;
    throw new KdevError({
      code: 'config-missing',
      fault: 'user',
      what: `There is no configuration file ${file}.`,
      cure: 'Give --config the path of a dev.config.ts, or leave it out to have it found from here upwards.',
    });
  }
  for (let folder = path.resolve(cwd); ; folder = path.dirname(folder)) {
    const found = configNames.map((name) => path.join(folder, name)).find(isFile);
    if (found !== undefined) return found;
    if (folder === path.dirname(folder)) break;
  }
  throw new KdevError({
    code: 'config-missing',
    fault: 'user',
    what: `There is no dev.config.ts in ${path.resolve(cwd)} or any folder above it.`,
    why: 'kdev needs to know which workload runs this code and what to sync into it.',
    cure: 'Go to a folder of a project that has one, name it with --config, or have one written: kdev init.',
  });
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;
}
