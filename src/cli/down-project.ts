import type { Cluster } from '../core/ports/cluster.ts';
import type { Environment, Project } from '../core/service.ts';
import type { Invocation } from './command.ts';
import { kindsOf } from './rendered-kinds.ts';
import { takeDown } from './take-down.ts';

/**
 * Removes what kdev made for a project's environment in one cluster, and says what went.
 *
 * @throws what `takeDown` throws.
 */
export async function downProject(
  place: { readonly project: Project; readonly environment: Environment; readonly cluster: Cluster },
  invocation: Invocation,
): Promise<void> {
  const { project, environment, cluster } = place;
  const { answer, flags, reporter, signal, style } = invocation;
  const { namespace } = environment;
  const kinds = await kindsOf(place, invocation);
  const { removed, namespaceStays } = await takeDown({
    ...{ cluster, namespace, kinds, reporter, signal },
    project: project.name,
  });
  if (flags.json) return;
  if (removed.length === 0) answer(`There is nothing of kdev's in ${namespace}.`);
  else answer(`${style.good('✓')} removed ${removed.join(', ')}`);
  if (namespaceStays !== undefined) answer(`  the namespace ${namespace} stays: ${namespaceStays}`);
}
