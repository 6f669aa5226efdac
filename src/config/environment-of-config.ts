import type { ClusterTarget, Environment, EnvironmentColour, RegistrySettings } from '../core/service.ts';
import type { ConfigProblem } from './config-problem.ts';
import { type CheckedConfig, type CheckedEnvironment, isDnsLabel } from './config-schema.ts';
import { manifestSource } from './manifest-source.ts';
import { registryOfConfig } from './registry-of-config.ts';

/** All environments of a configuration, in its order, with their defaults. */
export function environmentsOfConfig(
  root: string,
  project: string,
  config: CheckedConfig,
): { readonly environments: readonly Environment[]; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  const environments: Environment[] = [];
  const written = Object.entries(config.environments ?? {});
  if (config.environments !== undefined && written.length === 0) {
    problems.push({ path: ['environments'], message: 'expected at least one environment, not {}' });
  }
  if (config.environments === undefined && config.manifests === undefined) {
    problems.push({
      path: [],
      message: "missing: expected manifests (such as 'k8s') or environments with manifests",
    });
  }
  const shared = config.registry === undefined ? undefined : registryOfConfig(config.registry, ['registry']);
  problems.push(...(shared?.problems ?? []));
  const implied: [string, CheckedEnvironment][] = config.manifests === undefined ? [] : [['local', {}]];
  for (const [name, own] of config.environments === undefined ? implied : written) {
    const at = config.environments === undefined ? [] : ['environments', name];
    const found = environmentOf(root, project, name, own, config, at, shared?.registry);
    problems.push(...found.problems);
    if (found.environment) environments.push(found.environment);
  }
  return { environments, problems };
}

function environmentOf(
  root: string,
  project: string,
  name: string,
  own: CheckedEnvironment,
  config: CheckedConfig,
  at: readonly string[],
  shared: RegistrySettings | undefined,
): { readonly environment?: Environment; readonly problems: readonly ConfigProblem[] } {
  const problems: ConfigProblem[] = [];
  if (!isDnsLabel(name)) {
    problems.push({
      path: at,
      message: 'an environment is named by a DNS label: small letters, digits and hyphens, at most 63',
    });
  }
  if (own.context !== undefined && own.box !== undefined) {
    problems.push({ path: [...at, 'box'], message: 'context and box exclude each other' });
  }
  const manifests = own.manifests ?? config.manifests;
  if (manifests === undefined) {
    problems.push({
      path: at,
      message: 'missing: expected manifests, here or at the top level',
    });
    return { problems };
  }
  const place = own.manifests === undefined ? ['manifests'] : [...at, 'manifests'];
  const found = manifestSource(root, manifests, place);
  if ('problems' in found) return { problems: [...problems, ...found.problems] };
  const special =
    own.registry === undefined ? undefined : registryOfConfig(own.registry, [...at, 'registry']);
  problems.push(...(special?.problems ?? []));
  const registry = special ? special.registry : shared;
  const environment: Environment = {
    name,
    manifests: found.source,
    namespace: own.namespace ?? project,
    target: targetOf(own),
    protected: own.protected ?? false,
    colour: own.colour ?? colourOf(name, own.protected ?? false),
    ...(registry && { registry }),
  };
  return { environment, problems };
}

/** Red is where a mistake costs most. */
function colourOf(name: string, isProtected: boolean): EnvironmentColour {
  if (isProtected) return 'red';
  if (name === 'local') return 'green';
  return name === 'test' ? 'blue' : 'yellow';
}

function targetOf({ context, box }: CheckedEnvironment): ClusterTarget {
  if (context !== undefined) return { type: 'context', context };
  return box === undefined ? { type: 'default' } : { type: 'box', box };
}
