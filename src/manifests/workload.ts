import type { KubernetesObject } from '../core/ports/cluster.ts';

export interface RenderedContainer {
  readonly name: string;
  readonly image?: string;
  readonly [field: string]: unknown;
}

export interface RenderedPodSpec {
  readonly containers?: readonly RenderedContainer[];
  readonly initContainers?: readonly RenderedContainer[] | null;
  readonly [field: string]: unknown;
}

/** Kinds that a service may name. */
export const workloadKinds: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'Pod',
]);

/** Where an object keeps its pod spec; `undefined` for what makes no pods. */
function podSpecPath(object: KubernetesObject): readonly string[] | undefined {
  switch (object.kind) {
    case 'Pod':
      return ['spec'];
    case 'CronJob':
      return ['spec', 'jobTemplate', 'spec', 'template', 'spec'];
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'ReplicaSet':
    case 'Job':
      return ['spec', 'template', 'spec'];
    default:
      return undefined;
  }
}

export function podSpecOf(object: KubernetesObject): RenderedPodSpec | undefined {
  const path = podSpecPath(object);
  if (path === undefined) return undefined;
  let value: unknown = object;
  for (const field of path) value = (value as Record<string, unknown> | null | undefined)?.[field];
  return (value ?? undefined) as RenderedPodSpec | undefined;
}

/** The object with another pod spec in the same place. */
export function withPodSpec(object: KubernetesObject, spec: RenderedPodSpec): KubernetesObject {
  const path = podSpecPath(object) ?? [];
  const put = (value: unknown, [field, ...rest]: readonly string[]): unknown =>
    field === undefined
      ? spec
      : {
          ...(value as object),
          [field]: put((value as Record<string, unknown>)[field], rest),
        };
  return put(object, path) as KubernetesObject;
}
