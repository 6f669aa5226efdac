/** Who speaks for a replica: one life of an app container. */
export interface Incarnation {
  /** Made by the restarter at its start, hex. */
  readonly nonce: string;
  /** Of the restarter, in the pod's shared pid namespace. */
  readonly pid: number;
  /** Field 22 of /proc/<pid>/stat, so that a reused pid is told apart. */
  readonly startTime: string;
}

/** What the app of a container does. */
export interface AppState {
  readonly state: 'waiting' | 'running' | 'held' | 'stopping';
  /** Of the app's first process; absent while there is none. */
  readonly pid?: number;
  /** How the app ended last; absent when it never did. */
  readonly exit?: { readonly code: number | null; readonly signal: string | null };
}

/** What the restarter reports about its container, so that a wrong guess in the manifest can be cured. */
export interface ContainerFacts {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
  /** 16 hex digits, as /proc/self/status has them. */
  readonly capPermitted: string;
  readonly capEffective: string;
  readonly readOnlyRoot: boolean;
  /** The app's command line and where it starts. */
  readonly argv: readonly string[];
  readonly workingDir: string;
}

/** Why a container cannot be served at all. The gate stays shut, or its batches are answered by `nack` with `code`. */
export interface ContainerProblem {
  /**
   * `other-image`: the journal belongs to another image than the container's, the pod must be replaced;
   * `root-not-accessible`: the kernel does not let the agent into the container's file system.
   */
  readonly code: 'other-image' | 'root-not-accessible';
  readonly message: string;
}

/** A path that could not be applied; the others of its batch were. */
export interface PathProblem {
  readonly path: string;
  /** errno name such as `EACCES`, or `foreign-files`, `outside-root`, `not-atomic`, `digest-mismatch`. */
  readonly code: string;
  /** One sentence that names uid, mode and mount where they matter. */
  readonly message: string;
}
