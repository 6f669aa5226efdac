import { cacheRoot } from '../artifacts/cache-root.ts';
import { chooseEnvironment } from '../config/choose-environment.ts';
import { loadProject } from '../config/load-project.ts';
import { KdevError } from '../core/error.ts';
import type { Environment, Project } from '../core/service.ts';
import type { Invocation } from './command.ts';

export interface OpenProject {
  readonly project: Project;
  /** With `--context` and `--namespace` applied. */
  readonly environment: Environment;
  /** Absolute paths of the files that the configuration was made of. */
  readonly configFiles: readonly string[];
}

/**
 * The project and the environment that a command is about.
 *
 * @throws those of `loadProject` and `chooseEnvironment`; the signal's reason.
 */
export async function openProject({
  flags,
  signal,
  surroundings,
}: Pick<Invocation, 'flags' | 'signal' | 'surroundings'>): Promise<OpenProject> {
  // A configuration is a program: it may wait for something for ever.
  const interrupted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  const { project, files } = await Promise.race([
    interrupted,
    loadProject({
      cwd: surroundings.cwd,
      config: flags.config,
      cacheDir: cacheRoot(surroundings.env),
    }),
  ]);
  const chosen = chooseEnvironment(project, flags.env);
  const environment: Environment = {
    ...chosen,
    ...(flags.context !== undefined && { target: { type: 'context', context: flags.context } }),
    ...(flags.namespace !== undefined && { namespace: flags.namespace }),
  };
  return { project, environment, configFiles: files };
}

/**
 * Lets a command that writes go on only where it may.
 *
 * @throws KdevError `environment-protected`.
 */
export function guardEnvironment(environment: Environment, options: Invocation['options']): void {
  if (!environment.protected || options['allowProtected'] === true) return;
  throw protectedError(environment.name, 'The configuration says protected: true for it.');
}

export function protectedError(environment: string, why: string): KdevError {
  return new KdevError({
    code: 'environment-protected',
    fault: 'user',
    what: `The environment ${environment} is protected; nothing was written.`,
    why,
    cure: `Choose another one with --env, or add --allow-protected to this one command if you mean it.`,
  });
}
