import { KdevError, messageOf } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import type { Cluster, LoggedLine, PodFacts } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';

export interface LogFollowing {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly services: readonly Service[];
  /** Name of a service's container in a pod. Throws `container-unknown` where it cannot be told (yet). */
  readonly containerOf: (pod: PodFacts, service: Service) => string;
  /** Lines of the pods that are there at first; pods that come later are followed from their first line. */
  readonly tail?: number | undefined;
  /** As in `Cluster.logs`. */
  readonly sinceMs?: number | undefined;
  /** Only this pod of those that a service has. */
  readonly replica?: string | undefined;
  /** What was printed, in order for each pod; called with at least one line. More of a pod is read when it resolves. */
  readonly onLines: (
    lines: readonly LoggedLine[],
    from: { service: string; replica: string },
  ) => void | Promise<void>;
  /** Told what stands in the way, under keys that begin with `logs/`. */
  readonly bus: Bus;
  readonly signal: AbortSignal;
}

/**
 * Follows what the app containers of all replicas of some services print: those that are there, and those that come.
 * Resolves after an abort.
 */
export async function followLogs(options: LogFollowing): Promise<void> {
  await Promise.all(options.services.map((service) => followService(options, service)));
}

function followService(options: LogFollowing, service: Service): Promise<void> {
  const { cluster, namespace, replica, bus, signal } = options;
  const { workload } = service;
  /** By uid; a pod whose log cannot be read is tried again when there is news of it. */
  const followed = new Set<string>();
  /** Names of pods whose logs could not be read. */
  const failed = new Set<string>();
  const key = `logs/${service.name}`;
  const problem = { event: 'problem', code: 'cluster-failed', service: service.name } as const;
  const settle = (name: string): void => {
    if (!failed.delete(name)) return;
    bus.emit({ ...problem, key: `${key}/${name}`, replica: name, message: '', resolved: true });
  };
  let isFirst = true;
  let trouble = false;
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    cluster.watchPods({
      ...{ namespace, workload, signal },
      onTrouble: (message) => {
        trouble = true;
        bus.emit({ ...problem, key, message, resolved: false });
      },
      onPods: (pods) => {
        if (trouble) bus.emit({ ...problem, key, message: '', resolved: true });
        trouble = false;
        const present = new Set(pods.map(({ uid }) => uid));
        for (const uid of followed) if (!present.has(uid)) followed.delete(uid);
        const names = new Set(pods.map(({ name }) => name));
        for (const name of failed) if (!names.has(name)) settle(name);
        for (const pod of pods) {
          if (replica !== undefined && pod.name !== replica) continue;
          // Before that, nobody knows the names of its containers.
          if (followed.has(pod.uid) || Object.keys(pod.containers).length === 0) continue;
          followed.add(pod.uid);
          settle(pod.name);
          void followPod(options, service, pod, isFirst).then((outcome) => {
            if (outcome === 'ended') return;
            failed.add(pod.name);
            if (outcome === 'nothing-read') followed.delete(pod.uid);
          });
        }
        isFirst = false;
      },
    });
  });
}

/** Resolves when there is no more to be had: all of it was read, or a reason has been told why not. */
async function followPod(
  { cluster, namespace, containerOf, tail, sinceMs, onLines, bus, signal }: LogFollowing,
  service: Service,
  pod: PodFacts,
  wasThere: boolean,
): Promise<'ended' | 'broken-off' | 'nothing-read'> {
  const from = { service: service.name, replica: pod.name };
  const key = `logs/${service.name}/${pod.name}`;
  let some = false;
  try {
    const batches = cluster.logs({
      ...{
        namespace,
        pod: pod.name,
        uid: pod.uid,
        container: containerOf(pod, service),
        follow: true,
        signal,
      },
      ...(wasThere && tail !== undefined && { tail }),
      ...(wasThere && sinceMs !== undefined && { sinceMs }),
    });
    for await (const lines of batches) {
      if (signal.aborted) break;
      some = true;
      await onLines(lines, from);
    }
    return 'ended';
  } catch (error) {
    if (signal.aborted) return 'ended';
    const known = error instanceof KdevError ? error : undefined;
    const message = [known?.what ?? messageOf(error), known?.why]
      .filter((text) => text !== undefined)
      .join(' ');
    const code = known?.code ?? 'cluster-failed';
    bus.emit({ event: 'problem', key, ...from, code, message, resolved: false });
    return some ? 'broken-off' : 'nothing-read';
  }
}
