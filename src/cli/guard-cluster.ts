import type { Cluster } from '../core/ports/cluster.ts';
import type { Environment, Project } from '../core/service.ts';
import { createCluster } from '../kubernetes/cluster.ts';
import type { Invocation } from './command.ts';
import { protectedError } from './open-project.ts';

/** A protected cluster that nobody can reach from here has this long to say who it is, ms. */
const identityMs = 1_500;

/**
 * Lets a command write only where no protected environment lives, whatever this place calls itself: the same
 * namespace of the same cluster is the same place under every name of a context.
 *
 * @throws KdevError `environment-protected`.
 */
export async function guardCluster({
  project,
  environment,
  cluster,
  options,
  signal,
}: Pick<Invocation, 'options' | 'signal'> & {
  readonly project: Pick<Project, 'environments'>;
  readonly environment: Environment;
  readonly cluster: Cluster;
}): Promise<void> {
  if (options['allowProtected'] === true) return;
  for (const other of project.environments) {
    if (!other.protected || other.name === environment.name || other.namespace !== environment.namespace)
      continue;
    const there = await clusterOf(other);
    if (there !== undefined && (await isSame(cluster, there, signal))) {
      throw protectedError(
        other.name,
        `Namespace ${other.namespace} behind context ${cluster.context} is where ${other.name} lives, and that has protected: true.`,
      );
    }
  }
}

/** Undefined where the configuration does not say which one, or this person's kubeconfig does not know it. */
async function clusterOf({ target }: Environment): Promise<Cluster | undefined> {
  if (target.type !== 'context') return undefined;
  try {
    return await createCluster({ kubeconfig: { type: 'default' }, context: target.context });
  } catch {
    // Who has no such context cannot write there either.
    return undefined;
  }
}

/** By what the clusters say of themselves; where one does not answer, by their address or their authority. */
async function isSame(one: Cluster, other: Cluster, signal: AbortSignal): Promise<boolean> {
  if (one.server === other.server) return true;
  const limited = other.withSignal(AbortSignal.any([signal, AbortSignal.timeout(identityMs)]));
  const [here, there] = await Promise.all([identityOf(one), identityOf(limited)]);
  signal.throwIfAborted();
  if (here !== undefined && there !== undefined) return here === there;
  return one.authority !== undefined && one.authority === other.authority;
}

/** The namespace that every cluster has from its beginning to its end has an id of its own in each. */
async function identityOf(cluster: Cluster): Promise<string | undefined> {
  try {
    const object = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' });
    const uid = object?.metadata['uid'];
    return typeof uid === 'string' ? uid : undefined;
  } catch {
    // Not reachable, or not ours to read: there are other marks.
    return undefined;
  }
}
