import { parse } from 'yaml';
import { KdevError } from '../core/error.ts';
import type { Cluster } from '../core/ports/cluster.ts';

/** One registry by its up to three names; only a digest is identity. All are `host[:port]`. */
export interface Registry {
  /** As the builder pod pushes to it. */
  readonly fromPods: string;
  /** As nodes pull from it. */
  readonly fromNodes: string;
  /** As this machine asks it. */
  readonly fromHere: string;
  /** Spoken to by plain http. */
  readonly plainHttp: boolean;
}

export interface RegistryFacts {
  readonly registry: Registry;
  /** Where the images of `docker.io` come from in the builder; by plain http. */
  readonly mirrors: readonly string[];
  /** The registry goes with the cluster: it is a box's own. */
  readonly shortLived: boolean;
}

/**
 * The registry to push to: the configured one, else the one that the cluster advertises as KEP-1755 says.
 *
 * @throws KdevError `registry-missing`; `registry-advertised-badly`.
 */
export async function findRegistry(options: {
  readonly cluster: Pick<Cluster, 'get'>;
  readonly configured?: Registry | undefined;
}): Promise<RegistryFacts> {
  const { cluster, configured } = options;
  const box = await readConfigMap(cluster, 'kdev-box');
  const mirrors = box?.['mirror'] ? [box['mirror']] : [];
  if (configured) return { registry: configured, mirrors, shortLived: false };
  const advertised = (await readConfigMap(cluster, 'local-registry-hosting'))?.['localRegistryHosting.v1'];
  if (advertised !== undefined) {
    return { registry: parseAdvertised(advertised), mirrors, shortLived: box !== undefined };
  }
  throw new KdevError({
    code: 'registry-missing',
    fault: 'user',
    what: 'There is no registry to push images to.',
    why: 'None is configured, and the cluster advertises none in the ConfigMap kube-public/local-registry-hosting.',
    cure: 'Configure a registry that this machine, the cluster’s pods and its nodes can reach.',
  });
}

/** @throws KdevError `registry-advertised-badly` */
export function parseAdvertised(text: string): Registry {
  const facts: unknown = parseQuietly(text);
  const host = nameIn(facts, 'host');
  const fromPods = nameIn(facts, 'hostFromClusterNetwork') ?? host;
  if (fromPods === undefined) {
    throw new KdevError({
      code: 'registry-advertised-badly',
      fault: 'environment',
      what: 'The ConfigMap kube-public/local-registry-hosting names no registry.',
      why: `Its key localRegistryHosting.v1 has neither "host" nor "hostFromClusterNetwork": ${text.trim()}`,
      cure: 'Correct it as KEP-1755 says, or configure a registry.',
    });
  }
  const fromNodes = nameIn(facts, 'hostFromContainerRuntime') ?? host ?? fromPods;
  return { fromPods, fromNodes, fromHere: host ?? fromPods, plainHttp: true };
}

function parseQuietly(text: string): unknown {
  try {
    return parse(text);
  } catch {
    // Said by the caller, with the text.
    return undefined;
  }
}

function nameIn(facts: unknown, key: string): string | undefined {
  if (typeof facts !== 'object' || facts === null || !(key in facts)) return undefined;
  const value = (facts as Record<string, unknown>)[key];
  return typeof value === 'string' && value !== ''
    ? value.replace(/^https?:\/\//, '').replace(/\/+$/, '')
    : undefined;
}

async function readConfigMap(
  cluster: Pick<Cluster, 'get'>,
  name: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    const found = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', name, namespace: 'kube-public' });
    return found?.['data'] as Readonly<Record<string, string>> | undefined;
  } catch (error) {
    // Somebody who may not read what is public there has nothing advertised to them.
    if (error instanceof KdevError && error.code === 'cluster-forbidden') return undefined;
    throw error;
  }
}
