import { messageOf } from '../core/error.ts';
import type { BuildStatus, ServiceStatus } from '../core/service-status.ts';
import type { Lane } from './lane.ts';
import type { RebuildLane } from './rebuild-lane.ts';

/** What is known of a service at this moment; `unsent` and `held` count its paths that wait for a person. */
export function describeLane(
  lane: Lane,
  rebuilds: Pick<RebuildLane, 'busy' | 'failure'> | undefined,
  facts: {
    readonly unsent: number;
    readonly held: number;
    readonly build: BuildStatus | undefined;
  },
): ServiceStatus {
  const { unsent, held, build } = facts;
  const replicas = [...lane.replicas.values()].map((replica) => ({
    pod: replica.pod,
    state: replica.state,
    why: replica.why,
    seq: replica.seq,
    digest: replica.digest,
    inSync: replica.inSync,
    incarnation: replica.incarnation,
    app: { state: replica.app.state, ...(replica.app.pid !== undefined && { pid: replica.app.pid }) },
    stale: replica.stale,
    ...restartsAt(lane.backOffs.until(replica.pod)),
  }));
  const failure = rebuilds?.failure;
  return {
    service: lane.service.name,
    digest: lane.view.digest,
    seq: lane.seq,
    building: build !== undefined || (rebuilds?.busy ?? false),
    ...(build !== undefined && { build }),
    replicas,
    inSync:
      replicas.length + lane.finished > 0 && replicas.every(({ inSync }) => inSync) && unsent + held === 0,
    ...(unsent > 0 && { unsent }),
    ...(held > 0 && { held }),
    ...(failure !== undefined && { buildFailed: messageOf(failure) }),
  };
}

function restartsAt(until: number | undefined): { readonly restartsAt?: string } {
  return until === undefined ? {} : { restartsAt: new Date(until).toISOString() };
}
