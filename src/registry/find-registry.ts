import { meaning } from '../core/error.ts';
import type { Cluster, KubernetesObject, ObjectReference } from '../core/ports/cluster.ts';
import type { Registry } from '../core/ports/registry.ts';
import { type ConventionalRegistry, registryBySigns } from './conventions.ts';

export interface RegistryFacts {
  /** Absent where neither the person nor the cluster names one. */
  readonly found?: ConventionalRegistry;
  /** Where the images of `docker.io` come from in the builder; by plain http. */
  readonly mirrors: readonly string[];
  /** The registry goes with the cluster: it is a box's own. */
  readonly shortLived: boolean;
}

/**
 * The configured registry, else the one that the cluster advertises or has by convention.
 *
 * @throws KdevError `registry-advertised-badly`
 */
export async function findRegistry(options: {
  readonly cluster: Pick<Cluster, 'get' | 'list'>;
  readonly configured?: Registry | undefined;
}): Promise<RegistryFacts> {
  const { cluster, configured } = options;
  const [box, advertised] = await Promise.all([
    readConfigMap(cluster, 'kdev-box'),
    configured ? undefined : readConfigMap(cluster, 'local-registry-hosting'),
  ]);
  const mirrors = box?.['mirror'] ? [box['mirror']] : [];
  if (configured) {
    return { found: { registry: configured, by: 'the configuration' }, mirrors, shortLived: false };
  }
  const text = advertised?.['localRegistryHosting.v1'];
  const found =
    box && text !== undefined
      ? registryBySigns({ advertised: text })
      : registryBySigns({ advertised: text, ...(await readSigns(cluster)) });
  return { ...(found && { found }), mirrors, shortLived: box !== undefined && found !== undefined };
}

async function readSigns(cluster: Pick<Cluster, 'get' | 'list'>) {
  const service = { apiVersion: 'v1', kind: 'Service', name: 'registry' };
  const [systemService, addonService, nodes] = await Promise.all([
    getIfAllowed(cluster, { ...service, namespace: 'kube-system' }),
    getIfAllowed(cluster, { ...service, namespace: 'container-registry' }),
    listIfAllowed(cluster, 'Node'),
  ]);
  const spec = nodes[0]?.['spec'] as { readonly providerID?: string } | undefined;
  return { systemService, addonService, providerId: spec?.providerID };
}

async function readConfigMap(
  cluster: Pick<Cluster, 'get'>,
  name: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const found = await getIfAllowed(cluster, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    name,
    namespace: 'kube-public',
  });
  return found?.['data'] as Readonly<Record<string, string>> | undefined;
}

/** Somebody who may not read what is public has nothing advertised to them. */
function getIfAllowed(
  cluster: Pick<Cluster, 'get'>,
  reference: ObjectReference,
): Promise<KubernetesObject | undefined> {
  return cluster.get(reference).catch(meaning('cluster-forbidden', undefined));
}

function listIfAllowed(cluster: Pick<Cluster, 'list'>, kind: string): Promise<readonly KubernetesObject[]> {
  return cluster.list({ apiVersion: 'v1', kind }).catch(meaning('cluster-forbidden', []));
}
