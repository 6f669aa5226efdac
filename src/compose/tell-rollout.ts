import { messageOf } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';
import { waitForRollout } from '../kubernetes/rollout.ts';

/** Waits until a service's pods are the present ones and ready, and tells so. @throws those of `waitForRollout` */
export async function tellRollout(options: {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly bus: Bus;
  readonly service: Service;
  readonly reason: string;
  /** @default 180 000 */
  readonly readyTimeoutMs?: number | undefined;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { cluster, namespace, bus, service, reason, readyTimeoutMs, signal } = options;
  const start = performance.now();
  const tell = (state: 'started' | 'stuck' | 'done', why: string, ms?: number): void =>
    bus.emit({
      event: 'rollout',
      service: service.name,
      state,
      reason: why,
      ...(ms !== undefined && { ms }),
    });
  tell('started', reason);
  try {
    await waitForRollout({
      cluster,
      namespace,
      workload: service.workload,
      ...(readyTimeoutMs !== undefined && { timeoutMs: readyTimeoutMs }),
      signal,
      onTrouble: (why) => {
        if (why !== undefined) tell('stuck', why);
      },
    });
  } catch (error) {
    if (!signal.aborted) tell('stuck', messageOf(error));
    throw error;
  }
  tell('done', reason, Math.round(performance.now() - start));
}
