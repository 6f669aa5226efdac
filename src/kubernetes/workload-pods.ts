import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import { formatSelector, type LabelSelector } from './label-selector.ts';
import { controllerOf, type Pod } from './pod.ts';
import { updateRevisionOf } from './rollout-state.ts';

const revisionAnnotation = 'deployment.kubernetes.io/revision';

/** A workload's pods of its present template that are not on their way out, and the ReplicaSet they come from. */
export async function presentPods(
  cluster: Cluster,
  workload: KubernetesObject,
): Promise<{ readonly pods: readonly Pod[]; readonly maker: KubernetesObject }> {
  if (workload.kind === 'Pod') return { pods: [workload], maker: workload };
  const namespace = workload.metadata.namespace ?? 'default';
  const selector = (workload['spec'] as { readonly selector?: LabelSelector }).selector ?? {};
  const query = { namespace, labelSelector: formatSelector(selector) };
  const uid = (object: KubernetesObject): string => String(object.metadata['uid']);

  let maker = workload;
  if (workload.kind === 'Deployment') {
    const revision = workload.metadata.annotations?.[revisionAnnotation];
    const sets = await cluster.list({ apiVersion: 'apps/v1', kind: 'ReplicaSet', ...query });
    const newest = sets.find(
      (set) =>
        controllerOf(set)?.uid === uid(workload) &&
        set.metadata.annotations?.[revisionAnnotation] === revision,
    );
    if (newest === undefined) return { pods: [], maker };
    maker = newest;
  }
  const update = updateRevisionOf(workload);
  const all = (await cluster.list({ apiVersion: 'v1', kind: 'Pod', ...query })) as readonly Pod[];
  const pods = all.filter(
    (pod) =>
      controllerOf(pod)?.uid === uid(maker) &&
      pod.metadata['deletionTimestamp'] === undefined &&
      (update === undefined || pod.metadata.labels?.['controller-revision-hash'] === update),
  );
  return { pods, maker };
}
