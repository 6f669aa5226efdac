import { pause, systemClock } from './clock.ts';
import { meaning } from './error.ts';
import type { Cluster, KubernetesObject } from './ports/cluster.ts';

/**
 * The namespace of kdev's own programs in a cluster. Each of them applies it, so it must be the same for all: BuildKit
 * without root needs what the PodSecurity level `baseline` forbids.
 */
export function kdevNamespace(name: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: { 'kdev.dev/managed': 'builder', 'pod-security.kubernetes.io/enforce': 'privileged' },
    },
  };
}

const lookMs = 250;

/** A namespace, as far as it may be seen. */
export function findNamespace(
  cluster: Pick<Cluster, 'get'>,
  name: string,
): Promise<KubernetesObject | undefined> {
  const reference = { apiVersion: 'v1', kind: 'Namespace', name };
  return cluster.get(reference).catch(meaning('cluster-forbidden', undefined));
}

/**
 * Waits while a namespace that somebody has deleted goes: nothing new may be made in it, and what is there goes as
 * well. False when it is still there after `forMs`; true at once where nobody has deleted it.
 *
 * @throws the signal's reason
 */
export async function waitWhileNamespaceGoes(options: {
  readonly cluster: Pick<Cluster, 'get'>;
  readonly name: string;
  readonly forMs: number;
  readonly signal: AbortSignal | undefined;
}): Promise<boolean> {
  const { cluster, forMs, name, signal } = options;
  const deadline = systemClock.monotonic() + forMs;
  for (;;) {
    const found = await findNamespace(cluster, name);
    if (found?.metadata['deletionTimestamp'] === undefined) return true;
    if (systemClock.monotonic() > deadline) return false;
    await pause(systemClock, lookMs, signal);
    signal?.throwIfAborted();
  }
}
