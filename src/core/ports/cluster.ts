import type { Duplex, Readable, Writable } from 'node:stream';
import type { WorkloadReference } from '../service.ts';

/** Any Kubernetes object as plain JSON. Unknown fields are kept. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMetadata;
  readonly [field: string]: unknown;
}

export interface ObjectMetadata {
  readonly name: string;
  readonly namespace?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [field: string]: unknown;
}

export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/**
 * One cluster, pinned at creation (later edits of the kubeconfig change nothing). `src/kubernetes` implements it.
 *
 * Promises: every failure is a `KdevError` that names verb, resource and namespace: `cluster-unreachable`,
 * `cluster-forbidden`, `cluster-rejected`, `cluster-failed`. Every wait ends with its `signal`. Calls may overlap.
 */
export interface Cluster {
  readonly context: string;
  readonly server: string;
  /** Digest of the authority that the server's certificate is checked against; absent where it is a public one. */
  readonly authority?: string | undefined;
  /** The same cluster, pinned as it is; every call of its own that has no signal ends with this one. */
  withSignal(signal: AbortSignal): Cluster;
  /**
   * Throws `cluster-unreachable` with the address and the reason unless the API server answers. `aheadMs`: how far its
   * clock is ahead of this machine's, to a second, where it tells.
   *
   * @param reachMs how long the network may take to reach it. @default 10 000, TLS included
   */
  check(
    signal?: AbortSignal,
    reachMs?: number,
  ): Promise<{ readonly version: string; readonly aheadMs?: number }>;
  get(reference: ObjectReference): Promise<KubernetesObject | undefined>;
  list(options: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace?: string;
    readonly labelSelector?: string;
    readonly fieldSelector?: string;
  }): Promise<readonly KubernetesObject[]>;
  /** Server-side apply as field manager `kdev`. */
  apply(object: KubernetesObject, options?: { readonly force?: boolean }): Promise<KubernetesObject>;
  create(object: KubernetesObject): Promise<KubernetesObject>;
  patch(
    reference: ObjectReference,
    patch: unknown,
    type?: 'merge' | 'json' | 'strategic',
  ): Promise<KubernetesObject>;
  /** A missing object is a success. */
  delete(reference: ObjectReference, options?: { readonly gracePeriodSeconds?: number }): Promise<void>;
  /**
   * The workload's present pods, found by owner references, now and after every change, until `signal`. Reconnects by
   * itself and then lists again; `onTrouble` says when it cannot.
   */
  watchPods(options: {
    readonly namespace: string;
    readonly workload: WorkloadReference;
    readonly signal: AbortSignal;
    readonly onPods: (pods: readonly PodFacts[]) => void;
    readonly onTrouble: (why: string) => void;
  }): void;
  /** A byte stream to a port of a pod, through the API server; works for Pending pods as soon as the port listens. */
  portForward(options: {
    readonly namespace: string;
    readonly pod: string;
    readonly port: number;
    readonly signal?: AbortSignal;
  }): Promise<Duplex>;
  exec(options: {
    readonly namespace: string;
    readonly pod: string;
    readonly container: string;
    readonly command: readonly string[];
    readonly stdin?: Readable;
    readonly stdout: Writable;
    readonly stderr: Writable;
    readonly tty?: boolean;
    /** Terminal sizes as they change, the present one first. */
    readonly sizes?: AsyncIterable<{ readonly columns: number; readonly rows: number }>;
    readonly signal?: AbortSignal;
  }): Promise<{ readonly exitCode: number }>;
  /**
   * One container's log in batches as they come, each line once. With `follow` it goes on through restarts of the
   * container and lost connections until `signal` or the end of the pod; else to the end of what is there.
   */
  logs(options: {
    readonly namespace: string;
    readonly pod: string;
    /** Of that pod: another one of the same name is not followed. */
    readonly uid?: string;
    readonly container: string;
    readonly follow: boolean;
    /** Only so many of the lines that are there at first. */
    readonly tail?: number;
    /** Only what was printed in this time before the call, ms; whole seconds count. */
    readonly sinceMs?: number;
    /** What the container said that ran before the present one. */
    readonly previous?: boolean;
    readonly signal?: AbortSignal;
  }): AsyncIterable<readonly LoggedLine[]>;
}

/** A line of a container's log; `time` is the node's, RFC 3339. */
export interface LoggedLine {
  readonly time: string;
  readonly line: string;
}

/** What the session needs to know of a pod. */
export interface PodFacts {
  readonly name: string;
  readonly uid: string;
  readonly phase: string;
  readonly deleting: boolean;
  readonly ready: boolean;
  /** The sidecar has started, so that a port-forward to its sshd can succeed. */
  readonly sidecarStarted: boolean;
  /** By app container name. */
  readonly containers: Readonly<
    Record<
      string,
      {
        readonly containerId: string;
        readonly imageId: string;
        readonly restarts: number;
        readonly state: string;
        readonly reason?: string;
        readonly message?: string;
        /** It ended too often: the kubelet waits so long, from its last end on, before it starts it again. */
        readonly backOffMs?: number;
      }
    >
  >;
  /** Owner's template hash or revision, so that a rollout's new pods are told apart. */
  readonly revision: string;
  /** Why it does not get on, in one line, where that is known (image pull, scheduling, crash). */
  readonly trouble?: string;
}
