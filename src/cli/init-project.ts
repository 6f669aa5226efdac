import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cacheRoot } from '../artifacts/cache-root.ts';
import type { DevConfig } from '../config/dev-config.ts';
import { configNames } from '../config/find-config.ts';
import { loadProject } from '../config/load-project.ts';
import { KdevError } from '../core/error.ts';
import { printConfig } from '../init/print-config.ts';
import type { Finding } from '../init/proposal.ts';
import { proposeConfig } from '../init/propose-config.ts';
import type { Invocation } from './command.ts';
import { table } from './table.ts';

/** What `kdev init --json` prints. */
export interface InitAnswer {
  /** Absolute. */
  readonly file: string;
  readonly written: boolean;
  /** The text of the file. */
  readonly config: string;
  readonly findings: readonly Finding[];
}

const fileName = 'dev.config.ts';

/**
 * Writes a configuration for the current folder, and sees that kdev can read it.
 *
 * @throws KdevError `config-exists`, those of `proposeConfig`
 */
export async function initProject({
  answer,
  flags,
  options,
  style,
  surroundings,
}: Pick<Invocation, 'answer' | 'flags' | 'options' | 'style' | 'surroundings'>): Promise<number> {
  const { cwd, env } = surroundings;
  const file = path.join(cwd, fileName);
  const dryRun = options['dryRun'] === true;
  const present = configNames.map((name) => path.join(cwd, name)).find((each) => existsSync(each));
  if (present !== undefined && options['force'] !== true && !dryRun) throw exists(present);
  const { config, findings } = proposeConfig(cwd);
  const text = printConfig(config satisfies DevConfig);
  if (!dryRun) await writeChecked(file, text, { cwd, cacheDir: cacheRoot(env) });
  if (flags.json) {
    const told: InitAnswer = { file, written: !dryRun, config: text, findings };
    answer(JSON.stringify(told, undefined, 2));
    return 0;
  }
  const rows = findings.map(({ service, about, found, why }) => [
    service ?? '',
    about,
    found,
    style.dim(why),
  ]);
  answer(table(['SERVICE', 'FOUND', 'WHAT', 'WHY'], rows));
  answer(`\n${dryRun ? text.trimEnd() : `${style.good('✓')} ${fileName} is written. Go on: kdev watch`}`);
  return 0;
}

/** What was there before comes back where kdev cannot read what it wrote. */
async function writeChecked(
  file: string,
  text: string,
  place: { readonly cwd: string; readonly cacheDir: string },
): Promise<void> {
  const before = existsSync(file) ? readFileSync(file) : undefined;
  writeFileSync(file, text);
  try {
    await loadProject({ ...place, config: file });
  } catch (error) {
    if (before === undefined) rmSync(file);
    else writeFileSync(file, before);
    throw error;
  }
}

function exists(file: string): KdevError {
  return new KdevError({
    code: 'config-exists',
    fault: 'user',
    what: `There is a ${path.basename(file)} already; nothing was written.`,
    cure: 'See what kdev init would write with --dry-run, or let it write dev.config.ts all the same with --force.',
    where: file,
  });
}
