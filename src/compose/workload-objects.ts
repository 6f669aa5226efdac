import type { KubernetesObject } from '../core/ports/cluster.ts';
import type { WorkloadReference } from '../core/service.ts';
import { podSpecOf } from '../manifests/workload.ts';

/** The image of a container as the manifest has it; empty where it has none. */
export function imageOf(object: KubernetesObject, container: string): string {
  const containers = podSpecOf(object)?.containers ?? [];
  return containers.find(({ name }) => name === container)?.image ?? '';
}

/** How many pods a workload asks for; 1 where it does not say. */
export function replicasOf(object: KubernetesObject): number {
  const { replicas } = (object['spec'] ?? {}) as { readonly replicas?: number };
  return replicas ?? 1;
}

export function isWorkload(object: KubernetesObject, { kind, name }: WorkloadReference): boolean {
  return object.kind === kind && object.metadata.name === name;
}

/** `Deployment/adder`, for people and as a key. */
export function titleOf({ kind, metadata }: Pick<KubernetesObject, 'kind' | 'metadata'>): string {
  return `${kind}/${metadata.name}`;
}

const early = [
  'Namespace',
  'CustomResourceDefinition',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'PersistentVolumeClaim',
];

/** What others refer to goes first; the order of the manifests decides otherwise. */
export function inApplyOrder(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const rank = ({ kind }: KubernetesObject): number => {
    const place = early.indexOf(kind);
    return place === -1 ? early.length : place;
  };
  return objects.toSorted((a, b) => rank(a) - rank(b));
}
