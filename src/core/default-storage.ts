import { meaning } from './error.ts';
import type { Cluster } from './ports/cluster.ts';

const isDefault = 'storageclass.kubernetes.io/is-default-class';

/**
 * Whether a claim that names no storage class is answered. Where storage classes may not be read it is not sure, so
 * it is a no.
 */
export async function hasDefaultStorage(cluster: Pick<Cluster, 'list'>): Promise<boolean> {
  const classes = await cluster
    .list({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass' })
    .catch(meaning('cluster-forbidden', []));
  return classes.some(({ metadata }) => metadata.annotations?.[isDefault] === 'true');
}
