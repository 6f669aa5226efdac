import type { Bus } from '../core/event.ts';
import type { Cluster, PodFacts } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';

/** The pods of a service that take connections, as they come and go. */
export interface ReadyReplicas {
  /**
   * The name of one: the last one again as long as it is ready. Waits where there is none.
   *
   * @throws the signal's reason
   */
  next(signal: AbortSignal): Promise<string>;
}

/** Follows a service's pods until the signal. */
export function followReady(options: {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly service: Pick<Service, 'name' | 'workload'>;
  /** Only this pod. */
  readonly replica?: string | undefined;
  readonly bus: Bus;
  readonly signal: AbortSignal;
}): ReadyReplicas {
  const { cluster, namespace, service, replica, bus, signal } = options;
  const problem = { event: 'problem', key: `forward/${service.name}`, service: service.name } as const;
  const waiting = new Set<() => void>();
  let ready: readonly string[] = [];
  let last: string | undefined;
  let trouble = false;
  cluster.watchPods({
    ...{ namespace, workload: service.workload, signal },
    onPods: (pods) => {
      if (trouble) bus.emit({ ...problem, code: 'cluster-failed', message: '', resolved: true });
      trouble = false;
      ready = pods.filter((pod) => isReady(pod, replica)).map(({ name }) => name);
      if (ready.length === 0) return;
      for (const wake of waiting) wake();
      waiting.clear();
    },
    onTrouble: (message) => {
      trouble = true;
      bus.emit({ ...problem, code: 'cluster-failed', message, resolved: false });
    },
  });
  return {
    next: async (enough) => {
      while (ready.length === 0) {
        enough.throwIfAborted();
        await new Promise<void>((resolve) => {
          waiting.add(resolve);
          enough.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      enough.throwIfAborted();
      if (last === undefined || !ready.includes(last)) last = ready[0];
      return last ?? '';
    },
  };
}

function isReady(pod: PodFacts, replica: string | undefined): boolean {
  return pod.ready && !pod.deleting && (replica === undefined || pod.name === replica);
}
