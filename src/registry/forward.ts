import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { KdevError } from '../core/error.ts';
import { isReady } from '../core/is-ready.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { Connect } from './connections.ts';
import type { PodPort } from './conventions.ts';

const pollMs = 250;
/** A pod that was deleted or rolled comes back within this time, or something is wrong, ms. */
const patienceMs = 12_000;
/** A deleted pod has a successor at once; a registry without any for so long was scaled down or taken away, ms. */
const noPodMs = 3_000;

/**
 * Connections to a registry's ready pod, whichever that is at the time, through the API server.
 *
 * Each rejects with KdevError `registry-unreachable` when there is none for a while.
 */
export function connectThroughApi(
  cluster: Pick<Cluster, 'list' | 'portForward'>,
  target: PodPort & { readonly title: string },
): Connect {
  const { namespace, port, title } = target;
  return async (): Promise<Duplex> => {
    const start = performance.now();
    for (;;) {
      const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', ...target });
      const ready = pods.find(isReady);
      if (ready) return cluster.portForward({ namespace, pod: ready.metadata.name, port });
      if (performance.now() - start > (pods.length === 0 ? noPodMs : patienceMs))
        throw noPod(target, title, pods);
      await delay(pollMs);
    }
  };
}

function noPod(
  { labelSelector, namespace }: PodPort,
  title: string,
  pods: readonly KubernetesObject[],
): KdevError {
  return new KdevError({
    code: 'registry-unreachable',
    fault: 'environment',
    what: `The registry ${title} does not answer.`,
    why:
      pods.length === 0
        ? `It has no pod: none in the namespace ${namespace} has the labels ${labelSelector}.`
        : `Its pod ${pods[0]?.metadata.name} in the namespace ${namespace} is not ready.`,
    cure: `Look at: kubectl --namespace ${namespace} describe pods --selector ${labelSelector}`,
  });
}
