import type { Lane } from './lane.ts';
import type { ReplicaState } from './replica-port.ts';

/** What `kdev status` shows of one service. */
export interface ServiceStatus {
  readonly service: string;
  /** Over what its containers should hold, hex. */
  readonly digest: string;
  readonly building: boolean;
  readonly replicas: readonly ReplicaStatus[];
  /** Every replica has every edit, and there is one. */
  readonly inSync: boolean;
}

export interface ReplicaStatus {
  readonly pod: string;
  readonly state: ReplicaState;
  /** Why it is not live; empty when it is. */
  readonly why: string;
  readonly seq: number;
  readonly digest: string;
  readonly inSync: boolean;
  readonly incarnation: string;
  readonly app: { readonly state: string; readonly pid?: number };
  readonly stale: boolean;
}

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
    building,
    replicas,
    inSync: replicas.length > 0 && replicas.every(({ inSync }) => inSync),
  };
}
