import type { Bus } from '../core/event.ts';
import type { Cluster, PodFacts } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';

/** A service's pods, now and after every change; that they cannot be watched is a problem until they can. */
export function watchServicePods(options: {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly bus: Bus;
  readonly service: Service;
  readonly onPods: (pods: readonly PodFacts[]) => void;
  readonly signal: AbortSignal;
}): void {
  const { cluster, namespace, bus, onPods, signal } = options;
  const { name, workload } = options.service;
  const about = { key: `cluster/${name}`, code: 'cluster-unreachable', service: name };
  let trouble = false;
  cluster.watchPods({
    namespace,
    workload,
    signal,
    onPods: (pods) => {
      if (trouble) bus.emit({ event: 'problem', ...about, message: '', resolved: true });
      trouble = false;
      onPods(pods);
    },
    onTrouble: (message) => {
      trouble = true;
      bus.emit({ event: 'problem', ...about, message, resolved: false });
    },
  });
}
