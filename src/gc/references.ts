import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { InUse } from './decide.ts';

/**
 * Whatever may name an image, owners before what is made of them: a reference that moves from a Deployment to its
 * ReplicaSet while the lists are read is then in one of them.
 */
const kinds: readonly (readonly [apiVersion: string, kind: string])[] = [
  ['coordination.k8s.io/v1', 'Lease'],
  ['batch/v1', 'CronJob'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['v1', 'PodTemplate'],
  ['v1', 'ReplicationController'],
  ['batch/v1', 'Job'],
  ['apps/v1', 'ReplicaSet'],
  ['apps/v1', 'ControllerRevision'],
  ['v1', 'Pod'],
];

/**
 * Every image that an object of any namespace names: in its template, its status, its annotations or wherever.
 *
 * @throws the cluster's errors; `cluster-forbidden` where not all of them may be seen
 */
export async function findInUse(cluster: Pick<Cluster, 'list'>): Promise<InUse> {
  const inUse = { digests: new Set<string>(), tags: new Set<string>() };
  for (const [apiVersion, kind] of kinds) {
    for (const object of await cluster.list({ apiVersion, kind })) addReferences(inUse, object);
  }
  return inUse;
}

/** Adds what any text in an object looks like: one image too many stays, rather than one too few. */
export function addReferences(
  inUse: { readonly digests: Set<string>; readonly tags: Set<string> },
  object: KubernetesObject,
): void {
  const text = JSON.stringify(object);
  for (const [digest] of text.matchAll(/sha256:[0-9a-f]{64}/g)) inUse.digests.add(digest);
  for (const [, repository, tag] of text.matchAll(/(kdev\/[a-z0-9._/-]+):([\w][\w.-]{0,127})/g)) {
    inUse.tags.add(`${repository}:${tag}`);
  }
}
