import type { Duplex } from 'node:stream';
import type { FileEntry, TreeEntry } from '../entry.ts';
import type { KdevError } from '../error.ts';
import type {
  AppState,
  ContainerFacts,
  ContainerProblem,
  Incarnation,
  PathProblem,
} from '../replica-facts.ts';
import type { Ran, RunCommand } from '../run-command.ts';

/**
 * One replica's app container, as seen over an open connection to its agent. `src/transport` implements it.
 *
 * Promises: calls may overlap; batches are applied in the order of the calls, `bulk` ones among themselves and the
 * others among themselves; each call settles at the latest
 * when the connection is found dead (no byte for its deadline) and then rejects with a `KdevError` of code
 * `link-lost`. Nothing is sent twice by the endpoint itself: whoever calls sends again after a reconnect.
 */
export interface Endpoint {
  readonly welcome: Welcome;
  /** Sends one batch and waits for its acknowledgement. */
  apply(batch: Batch): Promise<Applied>;
  /** Everything below the mappings, in the container's present state. */
  list(): Promise<readonly Listed[]>;
  /** The digest over managed paths, recomputed from the container's disk; hex. */
  verify(): Promise<string>;
  /** Lets the app start; harmless when it runs. */
  open(): Promise<void>;
  restart(options: { readonly graceMs: number }): Promise<Restarted>;
  /** Runs a command in the app container, one after the other; restarts wait for it. */
  run(run: RunCommand, onOutput: (line: string) => void): Promise<Ran>;
  /** A byte stream to a TCP port of the pod's own loopback. */
  forward(port: number): Promise<Duplex>;
  /** What happens in the replica without being asked; returns how to stop listening. */
  listen(listener: (event: EndpointEvent) => void): () => void;
  /** Resolves once, when the connection has ended, with the reason: `link-lost`, `session-superseded`, `agent-protocol`. */
  readonly closed: Promise<KdevError>;
  close(): void;
}

export interface Welcome {
  readonly term: number;
  readonly seq: number;
  readonly incarnation?: Incarnation;
  readonly gate: 'shut' | 'open';
  readonly app: AppState;
  readonly digest: string;
  readonly revision?: number;
  readonly stale: boolean;
  /** An earlier session ended before it asked for a restart that its edits need. */
  readonly restartOwed?: boolean;
  /** Run steps that have not ended well in this life of the container. */
  readonly runsOwed?: readonly RunCommand[];
  readonly facts?: ContainerFacts;
  readonly problem?: ContainerProblem;
}

/** Paths are absolute in the container. */
export type BatchItem =
  | {
      readonly op: 'file';
      readonly path: string;
      readonly entry: FileEntry;
      readonly mode: number;
      readonly content: Content;
      readonly blocks?: Blocks;
      /** A file of the container that has this content already. */
      readonly copyOf?: string;
      /** All of the content has to travel: an earlier try to save some of it has failed. */
      readonly whole?: boolean;
    }
  | { readonly op: 'link'; readonly path: string; readonly target: string }
  | { readonly op: 'dir'; readonly path: string; readonly mode: number }
  | { readonly op: 'delete'; readonly path: string }
  | { readonly op: 'adopt'; readonly path: string; readonly entry: TreeEntry };

/** Small content whole, large content as it is read; exactly `entry.size` bytes either way. */
export type Content = Uint8Array | (() => AsyncIterable<Uint8Array>);

/** What a large file consists of, so that only what differs has to be read. */
export interface Blocks {
  /** The CRC-32 of each 64 KiB, u32be one after the other: they only say where to look. */
  readonly sums: Uint8Array;
  /** Rejects when the file is no longer what it was. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface Batch {
  readonly seq: number;
  /** One of many or large: others overtake it, and what they changed since is left as it is. */
  readonly bulk?: boolean;
  /** The app runs what is in it only after a restart; remembered for later sessions until that has happened. */
  readonly needsRestart?: boolean;
  /** Commands that what is in it asks for; remembered until they ended with 0, and for later lives of the container. */
  readonly runs?: readonly RunCommand[];
  readonly items: readonly BatchItem[];
}

export interface Applied {
  readonly seq: number;
  readonly incarnation: Incarnation;
  /** Over managed paths after this batch, hex. */
  readonly digest: string;
  /** Of two digests of one connection the one with the higher revision is the newer. */
  readonly revision?: number;
  readonly bytes: number;
  /** From the call to the last byte handed to the network, and inside the agent, ms. */
  readonly sendMs: number;
  readonly applyMs: number;
  readonly problems: readonly PathProblem[];
  /** Paths that stayed what they were because the container lacks what was not sent: send them with `whole`. */
  readonly sendWhole?: readonly string[];
}

export interface Listed {
  readonly path: string;
  readonly entry: TreeEntry;
  /** kdev put it there or adopted it. */
  readonly known: boolean;
}

export interface Restarted {
  readonly oldPid: number;
  readonly newPid: number;
  /** Descendants that had to be killed. */
  readonly killed: number;
  readonly ms: number;
}

export type EndpointEvent =
  | {
      readonly type: 'incarnation';
      readonly incarnation: Incarnation;
      readonly gate: 'shut' | 'open';
      readonly digest: string;
      readonly revision?: number;
      readonly replayed: number;
      readonly runsOwed?: readonly RunCommand[];
      readonly facts?: ContainerFacts;
      readonly problem?: ContainerProblem;
    }
  | { readonly type: 'gone' }
  | { readonly type: 'app'; readonly app: AppState; readonly gate: 'shut' | 'open'; readonly stale: boolean };
