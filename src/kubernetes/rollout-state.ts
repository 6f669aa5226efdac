import type { KubernetesObject } from '../core/ports/cluster.ts';

interface Counts {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly currentRevision?: string;
  readonly updateRevision?: string;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
  readonly ready?: number;
  readonly succeeded?: number;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly message?: string;
  }[];
}

/** Whether all of a workload's pods are of its present template and ready, and no older one is left. */
export function isRolledOut(object: KubernetesObject): boolean {
  const status = statusOf(object);
  const seen = (status.observedGeneration ?? 0) >= Number(object.metadata['generation'] ?? 0);
  const wanted = (object['spec'] as { readonly replicas?: number } | undefined)?.replicas ?? 1;
  switch (object.kind) {
    case 'Deployment':
      return (
        seen &&
        (status.updatedReplicas ?? 0) === wanted &&
        (status.replicas ?? 0) === wanted &&
        (status.availableReplicas ?? 0) === wanted
      );
    case 'StatefulSet':
      return (
        seen &&
        (status.readyReplicas ?? 0) === wanted &&
        (wanted === 0 || (status.updatedReplicas ?? 0) === wanted) &&
        status.currentRevision === status.updateRevision
      );
    case 'DaemonSet': {
      const desired = status.desiredNumberScheduled ?? 0;
      return (
        seen && (status.updatedNumberScheduled ?? 0) === desired && (status.numberAvailable ?? 0) === desired
      );
    }
    case 'Job':
      return (status.ready ?? 0) > 0 || (status.succeeded ?? 0) > 0;
    default:
      return status.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false;
  }
}

/** Why the controller cannot make pods at all (quota, PodSecurity, a webhook), in the API server's words. */
export function replicaFailureOf(object: KubernetesObject): string | undefined {
  return statusOf(object).conditions?.find(
    ({ type, status }) => type === 'ReplicaFailure' && status === 'True',
  )?.message;
}

/** "1 of 2 pods ready" */
export function progressOf(object: KubernetesObject): string {
  const status = statusOf(object);
  const wanted =
    status.desiredNumberScheduled ??
    (object['spec'] as { readonly replicas?: number } | undefined)?.replicas ??
    1;
  const ready = status.readyReplicas ?? status.numberAvailable ?? status.ready ?? 0;
  return `${ready} of ${wanted} pods ready`;
}

export function updateRevisionOf(object: KubernetesObject): string | undefined {
  return statusOf(object).updateRevision;
}

function statusOf(object: KubernetesObject): Counts {
  return object['status'] ?? {};
}
