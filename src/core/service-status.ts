/** What `kdev status` and the terminal UI show of one service, at one moment. */
export interface ServiceStatus {
  readonly service: string;
  /** Over what its containers should hold, hex. */
  readonly digest: string;
  /** The newest change set that concerns it; 0 = none yet. */
  readonly seq: number;
  /** A rebuild is due, builds or rolls out. */
  readonly building: boolean;
  /** What is being built at this moment; absent = nothing is. */
  readonly build?: BuildStatus;
  readonly replicas: readonly ReplicaStatus[];
  /** Every replica has every edit, and there is one; nothing is held back. */
  readonly inSync: boolean;
  /** Paths that changed while syncing is paused and were not sent; absent = none. */
  readonly unsent?: number;
  /** Deletions that wait for an answer; absent = none. */
  readonly held?: number;
  /** Why the last rebuild failed; absent once one that followed has not. */
  readonly buildFailed?: string;
}

/** A running build. */
export interface BuildStatus {
  /** The newest change set that is in it; 0 = none yet. */
  readonly seq: number;
  /** Why it was begun, for people. */
  readonly reason: string;
}

/** A mass deletion that nobody has confirmed: the containers keep these files. */
export interface HeldDeletions {
  readonly service: string;
  /** How many paths would go. */
  readonly deletions: number;
  /** The first of them, in the container. */
  readonly paths: readonly string[];
  /** One sentence. */
  readonly why: string;
  /** False once a person said no. */
  readonly asking: boolean;
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
  /** The container ended too often: the kubelet starts it again then, at the latest; RFC 3339. */
  readonly restartsAt?: string;
}

/** Where a replica is: `dialling`, `waiting` for its container's restarter, `filling`, in step, or superseded by a newer term. */
export type ReplicaState = 'dialling' | 'waiting' | 'filling' | 'live' | 'superseded';
