import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import type { BuilderConfig, Project } from '../core/service.ts';
import { checkServices } from './check-services.ts';
import { type ConfigProblem, problemsError } from './config-problem.ts';
import { type CheckedConfig, configSchema } from './config-schema.ts';
import { environmentsOfConfig } from './environment-of-config.ts';
import { evaluateConfig } from './evaluate-config.ts';
import { findConfig } from './find-config.ts';
import { locateKeys } from './locate-keys.ts';
import { schemaProblems } from './schema-problems.ts';
import { serviceOfConfig } from './service-of-config.ts';

export interface LoadedProject {
  readonly project: Project;
  /** Absolute paths of every file that the configuration was made of. */
  readonly files: readonly string[];
}

/**
 * From a folder to a project: find the configuration, run it, check its shape, fill in defaults, check what belongs
 * together. Every problem of the last three is reported at once, with key, file and line.
 *
 * @throws KdevError `config-missing`, `config-syntax`, `config-throws`, `config-no-default`, `config-invalid`,
 * `mapping-outside`.
 */
export async function loadProject(options: {
  readonly cwd: string;
  /** From `--config`; relative to `cwd`. */
  readonly config?: string | undefined;
  readonly cacheDir: string;
}): Promise<LoadedProject> {
  const { cwd, cacheDir } = options;
  const entry = findConfig(cwd, options.config);
  const { value, file, imported } = await evaluateConfig({ file: entry, cacheDir, cwd });
  const checked = configSchema.safeParse(value, { reportInput: true });
  const made = checked.success
    ? projectOfConfig(file, checked.data)
    : { problems: allProblems(file, value, schemaProblems(checked.error)) };
  if (!('project' in made)) {
    const locate = locateKeys(file);
    const located = made.problems.map((problem) => ({ ...problem, file, ...locate(problem.path) }));
    throw problemsError(located, cwd, readFileSync(file, 'utf8'));
  }
  return { project: made.project, files: imported };
}

/** The shape's problems, and those of the rest that is left when the parts of a wrong shape are taken out. */
function allProblems(
  file: string,
  value: unknown,
  shape: readonly ConfigProblem[],
): readonly ConfigProblem[] {
  // A list goes as a whole, so that the places in it keep their numbers.
  const wrong = shape.map(({ path: at }) => {
    const list = at.findIndex((key) => typeof key === 'number');
    return list === -1 ? at : at.slice(0, list);
  });
  const rest = configSchema.safeParse(wrong.reduce(without, value));
  const made = rest.success ? projectOfConfig(file, rest.data) : undefined;
  if (!made || !('problems' in made)) return shape;
  // What follows from a part that was taken out is not the person's second mistake.
  const own = made.problems.filter(({ path: at }) => !wrong.some((taken) => onOneWay(at, taken)));
  return [...shape, ...own];
}

type KeyPath = ConfigProblem['path'];

function onOneWay(a: KeyPath, b: KeyPath): boolean {
  const shorter = a.length < b.length ? a : b;
  return shorter.every((_, index) => a[index] === b[index]);
}

function without(value: unknown, [key, ...rest]: KeyPath): unknown {
  if (key === undefined || typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) =>
      name !== key ? [[name, item]] : rest.length === 0 ? [] : [[name, without(item, rest)]],
    ),
  );
}

function projectOfConfig(
  configFile: string,
  config: CheckedConfig,
): { readonly project: Project } | { readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const root = path.resolve(path.dirname(configFile), config.root ?? '.');
  if (!statSync(root, { throwIfNoEntry: false })?.isDirectory()) {
    return { problems: [{ path: ['root'], message: `there is no folder ${root}` }] };
  }
  const name = config.name ?? labelOf(path.basename(root));
  if (name === '') {
    problems.push({ path: [], message: `missing: expected name, because the folder's name makes none` });
  }
  const services = Object.entries(config.services).map(([key, value]) => serviceOfConfig(root, key, value));
  if (services.length === 0) {
    problems.push({ path: ['services'], message: 'expected at least one service, not {}' });
  }
  const environments = environmentsOfConfig(root, name, config);
  const project: Project = {
    name,
    root,
    configFile,
    environments: environments.environments,
    services: services.map(({ service }) => service),
    builder: builderOf(config.builder),
  };
  problems.push(
    ...environments.problems,
    ...services.flatMap((each) => each.problems),
    ...checkServices(project.services),
  );
  return problems.length > 0 ? { problems } : { project };
}

function builderOf(config: CheckedConfig['builder'] = {}): BuilderConfig {
  const { namespace = 'kdev-builder', cacheSize = '20Gi', storageClass } = config;
  return { namespace, cacheSize, ...(storageClass !== undefined && { storageClass }) };
}

/** A folder's name as a DNS label; empty when nothing of it can be one. */
function labelOf(folder: string): string {
  return folder
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replaceAll(/^-+|-+$/g, '');
}
