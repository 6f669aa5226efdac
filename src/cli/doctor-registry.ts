import { findOwner } from '../build/builder-owner.ts';
import { meaning } from '../core/error.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { Environment, Project } from '../core/service.ts';
import type { Check, Finding } from '../doctor/finding.ts';
import { checkAdvertised } from '../doctor/permissions.ts';
import { checkAccess, sayNames } from '../doctor/registry-checks.ts';
import { registryOfSettings } from '../registry/configured.ts';
import { findRegistry } from '../registry/find-registry.ts';
import { readOwnRegistry } from '../registry/own-registry.ts';
import type { Invocation } from './command.ts';
import { openRegistry } from './open-registry.ts';

/** Which registry it is, whether this machine may use it, and, when asked for, whether a node can pull from it. */
export function registryCheck(
  options: { readonly cluster: Cluster; readonly project: Project; readonly environment: Environment },
  invocation: Invocation,
): Check {
  const { cluster, environment, project } = options;
  const area = 'registry';
  return {
    area,
    check: 'registry',
    run: async (signal): Promise<readonly Finding[]> => {
      const configured = environment.registry && registryOfSettings(environment.registry);
      const { found } = await findRegistry({ cluster, configured });
      const { namespace } = project.builder;
      const person = (await findOwner(cluster)).user;
      const advertised = configured ? undefined : await checkAdvertised(cluster, person);
      const before: Finding[] = advertised ? [{ area, check: 'registry-advertised', ...advertised }] : [];
      const own = found ? undefined : await lookAtOwn(cluster, namespace);
      if (own === 'hidden') {
        const says = `You may not see whether kdev's own registry is in ${namespace}; the builder's manifest grants that.`;
        return [...before, { area, check: 'registry', status: 'skipped', says }];
      }
      const registry = found?.registry ?? own?.registry;
      if (registry === undefined) {
        const says = `Neither the configuration nor the cluster names a registry: the first build makes kdev's own in ${namespace}.`;
        return [...before, { area, check: 'registry', status: 'ok', says }];
      }
      const by = found?.by ?? `kdev's own, in the namespace ${namespace}`;
      const named: Finding = { area, check: 'registry', ...sayNames(by, registry) };
      const { reporter } = invocation;
      const opened = await openRegistry({ ...options, invocation }).open({ reporter, signal });
      const findUser = async (): Promise<string | undefined> => {
        const login = await opened.credentials.find(registry.fromHere, signal);
        return login && ('username' in login ? login.username : 'the holder of an identity token');
      };
      const access = await checkAccess(opened.request, findUser, signal);
      const findings: Finding[] = [...before, named, { area, check: 'registry-access', ...access }];
      if (invocation.options['testPull'] !== true) {
        const says = 'No node was asked to pull from it: with --test-pull one is (in a pod that goes again).';
        return [...findings, { area, check: 'registry-pull', status: 'skipped', says }];
      }
      await opened.proveNodesPull({ reporter, signal });
      const says = `A node has pulled from ${registry.fromNodes}.`;
      return [...findings, { area, check: 'registry-pull', status: 'ok', says }];
    },
  };
}

function lookAtOwn(
  cluster: Cluster,
  namespace: string,
): Promise<Awaited<ReturnType<typeof readOwnRegistry>> | 'hidden'> {
  return readOwnRegistry({ cluster, namespace }).catch(meaning('cluster-forbidden', 'hidden' as const));
}
