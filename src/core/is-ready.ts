import type { KubernetesObject } from './ports/cluster.ts';

/** Whether a pod is ready, and not on its way out. */
export function isReady(pod: KubernetesObject): boolean {
  const status = pod['status'] as
    | { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
    | undefined;
  const ready = status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;
  return ready && pod.metadata['deletionTimestamp'] === undefined;
}
