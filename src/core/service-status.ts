/** What `kdev status` and the terminal UI show of one service, at one moment. */
export interface ServiceStatus {
  readonly service: string;
  /** Over what its containers should hold, hex. */
  readonly digest: string;
  /** The newest change set that concerns it; 0 = none yet. */
  readonly seq: number;
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

/** Where a replica is: `dialling`, `waiting` for its container's restarter, `filling`, in step, or superseded by a newer term. */
export type ReplicaState = 'dialling' | 'waiting' | 'filling' | 'live' | 'superseded';
