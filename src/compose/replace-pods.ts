import { annotations } from '../core/pod-layout.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { WorkloadReference } from '../core/service.ts';
import type { ImageRecord } from './image-record.ts';

/** Kinds whose controllers make new pods when the template changes. */
const rolling: readonly string[] = ['Deployment', 'StatefulSet', 'DaemonSet'];

/**
 * Has a workload's pods made anew although their image is the one from before, as `kubectl rollout restart` does. The
 * mark is no part of what is applied, so a later `up` leaves it, and the pods, alone.
 */
export async function replacePods(options: {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly workload: WorkloadReference;
  readonly before: ImageRecord | undefined;
  readonly image: ImageRecord | undefined;
}): Promise<void> {
  const { cluster, namespace, workload, before, image } = options;
  // Another image is another template already.
  if (before?.reference !== image?.reference || !rolling.includes(workload.kind)) return;
  const metadata = { annotations: { [annotations.rebuilt]: new Date().toISOString() } };
  await cluster.patch(
    { apiVersion: 'apps/v1', kind: workload.kind, name: workload.name, namespace },
    { spec: { template: { metadata } } },
  );
}
