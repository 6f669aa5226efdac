import { KdevError, messageOf } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import type { PodFacts } from '../core/ports/cluster.ts';
import { containerOf, listReplicas, type ReplicaQuery } from './replicas.ts';

export interface LogStream extends ReplicaQuery {
  readonly follow: boolean;
  readonly tail: number | undefined;
  readonly bus: Bus;
}

/**
 * Puts the lines of every replica of a service on the bus as `log` events. With `follow` it goes on with the pods
 * that come, until the signal.
 *
 * @throws KdevError `replica-none` when nothing is to be followed and there is none; those of the cluster.
 */
export async function streamLogs(options: LogStream): Promise<void> {
  const { service, namespace, follow } = options;
  if (follow) return followReplicas(options);
  const pods = await listReplicas(options);
  if (pods.length === 0) {
    throw new KdevError({
      code: 'replica-none',
      fault: 'environment',
      what: `Service ${service.name} has no pod in namespace ${namespace}.`,
      cure: 'Bring it up with kdev up or kdev watch.',
    });
  }
  for (const pod of pods) await streamReplica(options, pod);
}

function followReplicas(options: LogStream): Promise<void> {
  const { cluster, namespace, service, signal, bus } = options;
  const known = new Set<string>();
  const key = `logs/${service.name}`;
  const problem = { event: 'problem', key, service: service.name } as const;
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
    cluster.watchPods({
      namespace,
      workload: service.workload,
      signal,
      onTrouble: (message) => bus.emit({ ...problem, code: 'cluster-failed', message, resolved: false }),
      onPods: (pods) => {
        bus.emit({ ...problem, code: 'cluster-failed', message: '', resolved: true });
        for (const pod of pods) {
          if (known.has(pod.uid) || Object.keys(pod.containers).length === 0) continue;
          known.add(pod.uid);
          streamReplica(options, pod).catch((error: unknown) => {
            if (signal.aborted) return;
            const code = error instanceof KdevError ? error.code : 'cluster-failed';
            const lost = { key: `${key}/${pod.name}`, code, message: messageOf(error), replica: pod.name };
            bus.emit({ ...problem, ...lost, resolved: false });
          });
        }
      },
    });
  });
}

async function streamReplica(options: LogStream, pod: PodFacts): Promise<void> {
  const { cluster, namespace, service, follow, tail, bus, signal } = options;
  const lines = cluster.logs({
    namespace,
    pod: pod.name,
    container: containerOf(pod, service),
    follow,
    ...(tail !== undefined && { tail }),
    signal,
  });
  for await (const { time, line } of lines) {
    bus.emit({ event: 'log', service: service.name, replica: pod.name, line, at: time });
  }
}
