import { managedLabels } from '../core/managed-labels.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';

/** Marks objects as kdev's. Selectors and pod templates stay as they are: what they say is the person's. */
export function markManaged(
  objects: readonly KubernetesObject[],
  project: string,
): readonly KubernetesObject[] {
  return objects.map((object) => ({
    ...object,
    metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...managedLabels(project) } },
  }));
}
