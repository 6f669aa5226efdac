import { systemClock } from '../core/clock.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import { limitRate, RateLimit } from '../transport/limit-rate.ts';

/** The same cluster, to whose pods all streams together send no more than so many bytes a second. */
export function limitCluster(cluster: Cluster, bytesPerSecond: number | undefined): Cluster {
  if (bytesPerSecond === undefined) return cluster;
  const limit = new RateLimit(bytesPerSecond, systemClock);
  return {
    ...cluster,
    portForward: async (options) => limitRate(await cluster.portForward(options), limit),
  };
}
