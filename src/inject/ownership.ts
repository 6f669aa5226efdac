import { KdevError } from '../core/error.ts';
import { labelValue } from '../core/managed-labels.ts';
import { labels } from '../core/pod-layout.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';

/**
 * Whose a workload in the cluster is: `new` where there is none, `ours` where kdev made it for this project.
 *
 * @param existing the workload as the cluster has it, if it does
 * @throws `workload-foreign` when somebody else made it: applying would replace what they run.
 */
export function ownershipOf(options: {
  readonly existing: KubernetesObject | undefined;
  readonly project: string;
}): 'new' | 'ours' {
  const { existing, project } = options;
  if (existing === undefined) return 'new';
  const { name, namespace = 'default', labels: marks = {} } = existing.metadata;
  const title = `${existing.kind} ${name} in namespace ${namespace}`;
  if (marks[labels.managedBy] === undefined) {
    throw new KdevError({
      code: 'workload-foreign',
      fault: 'user',
      what: `${title} was there before kdev and is not kdev's to replace.`,
      why: `It lacks the label ${labels.managedBy}, which everything that kdev makes has.`,
      cure: `Use another namespace for this environment, or remove it first: kubectl -n ${namespace} delete ${existing.kind.toLowerCase()} ${name}`,
    });
  }
  const owner = marks[labels.project];
  if (owner === labelValue(project)) return 'ours';
  throw new KdevError({
    code: 'workload-foreign',
    fault: 'user',
    what: `${title} belongs to the project "${owner ?? ''}", not to "${project}".`,
    cure: 'Use another namespace for this environment, or take the other project down first.',
  });
}
