import type { ServiceStatus } from '../core/service-status.ts';
import type { Lane } from './lane.ts';

export function describeLane(lane: Lane, building: boolean): ServiceStatus {
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
  }));
  return {
    service: lane.service.name,
    digest: lane.view.digest,
    seq: lane.seq,
    building,
    replicas,
    inSync: replicas.length > 0 && replicas.every(({ inSync }) => inSync),
  };
}
