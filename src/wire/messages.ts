import type { TreeEntry } from '../core/entry.ts';
import type {
  AppState,
  ContainerFacts,
  ContainerProblem,
  Incarnation,
  PathProblem,
} from '../core/replica-facts.ts';
import type { RunCommand } from '../core/run-command.ts';

/** Raised by one whenever a peer of the version before could misunderstand. */
export const protocolVersion = 2;

export interface MappingFacts {
  /** Absolute path in the app container. */
  readonly path: string;
  readonly kind: 'dir' | 'file';
}

/** Runs of bytes of a file, as offset and length, ascending and apart. */
export type Ranges = readonly (readonly [offset: number, length: number])[];

/** One path of a batch, as an absolute path in the app container. */
export type BatchEntry =
  /**
   * Content follows in data frames that carry this entry's index; `mode` counts for files that are new. With `base`
   * only these ranges of it follow, and the rest is as in that file of the container, which kdev put there. An agent
   * that cannot make `digest` of it says so with the problem `send-whole`.
   */
  | {
      readonly op: 'file';
      readonly path: string;
      readonly size: number;
      readonly exec: boolean;
      readonly digest: string;
      readonly mode: number;
      readonly base?: { readonly path: string; readonly ranges: Ranges };
    }
  | { readonly op: 'link'; readonly path: string; readonly target: string }
  | { readonly op: 'dir'; readonly path: string; readonly mode: number }
  /** A directory goes with everything in it that kdev knows; foreign files stay and are reported. */
  | { readonly op: 'delete'; readonly path: string }
  /** The container has this already (a listing said so): count it as managed, write nothing. */
  | { readonly op: 'adopt'; readonly path: string; readonly entry: TreeEntry };

/** What a session sends. */
export type ClientMessage =
  /** First on every connection. One connection serves one app container. */
  | {
      readonly type: 'hello';
      readonly protocol: number;
      readonly version: string;
      readonly term: number;
      readonly container: string;
      readonly mappings: readonly MappingFacts[];
    }
  /** Begins a batch; sent again with the same `seq` it adds entries. Data frames count entries over all of them. */
  | { readonly type: 'batch'; readonly seq: number; readonly entries: readonly BatchEntry[] }
  /**
   * Ends the batch; without it nothing of the batch ever shows. With `restart` the app does not run what is in it
   * before it was restarted: the agent says so to every later session until that has happened. `runs` are commands
   * that the batch asks for: owed, in this life of the container and once in every later one, until they ended with 0.
   */
  | {
      readonly type: 'commit';
      readonly seq: number;
      readonly restart?: boolean;
      readonly runs?: readonly RunCommand[];
    }
  /** Everything below the mappings, with digests. */
  | { readonly type: 'list'; readonly id: number }
  /**
   * Recomputes the digest over managed paths from the disk. Before that, every path that was written gets a whole
   * second of mtime that it never had, so what runs next cannot take a cache for the new source.
   */
  | { readonly type: 'verify'; readonly id: number }
  /**
   * The session has filled this container: the app may start, now and in later lives of the container. Where the
   * app was started before without a session's word, `stale` ends at once if nothing was written since, otherwise
   * with the next `restart`.
   */
  | { readonly type: 'open'; readonly id: number }
  | { readonly type: 'restart'; readonly id: number; readonly graceMs: number }
  /** Runs a command in the app container; `output` messages and then a result with `exitCode` follow. */
  | { readonly type: 'run'; readonly id: number; readonly run: RunCommand }
  /** What a large file in the container consists of, so that only what differs is sent. */
  | { readonly type: 'sums'; readonly id: number; readonly path: string }
  | { readonly type: 'ping'; readonly id: number };

/** What the agent sends. */
export type AgentMessage =
  | {
      readonly type: 'welcome';
      readonly protocol: number;
      readonly version: string;
      /** Highest term and its highest committed seq that the agent has seen for this container. */
      readonly term: number;
      readonly seq: number;
      /** Absent until the container's restarter has registered; an `incarnation` message follows then. */
      readonly incarnation?: Incarnation;
      readonly gate: 'shut' | 'open';
      readonly app: AppState;
      /** Digest over managed paths, see TreeDigest. */
      readonly digest: string;
      /** Grows with everything that the agent tells of a container's digest, over all connections. */
      readonly revision: number;
      /** Opened without a session's word: the app may run old code. */
      readonly stale: boolean;
      /** A batch asked for a restart that has not happened yet. */
      readonly restartOwed?: boolean;
      /** Run steps that have not ended well in this life of the container. */
      readonly runsOwed?: readonly RunCommand[];
      readonly facts?: ContainerFacts;
      readonly problem?: ContainerProblem;
    }
  /** Last on a connection: `old-term` (facts name the newer one), `protocol`, `unknown-container`, `malformed`. */
  | {
      readonly type: 'refused';
      readonly code: 'old-term' | 'protocol' | 'unknown-container' | 'malformed';
      readonly message: string;
      readonly term?: number;
    }
  | {
      readonly type: 'ack';
      readonly term: number;
      readonly seq: number;
      readonly incarnation: Incarnation;
      readonly digest: string;
      readonly revision: number;
      /** ms from the batch's first byte to its COMMIT, and from there to the last rename. */
      readonly receiveMs: number;
      readonly applyMs: number;
      readonly problems: readonly PathProblem[];
    }
  /**
   * The batch was not acknowledged; send it again later. `no-incarnation`, `incarnation-ended` (while it was being
   * applied; it is journalled and will be replayed), `ENOSPC` and `EDQUOT` (nothing was changed), or the code of a
   * `ContainerProblem`.
   */
  | {
      readonly type: 'nack';
      readonly term: number;
      readonly seq: number;
      readonly code: string;
      readonly message: string;
    }
  /**
   * Answers `sums`: the CRC-32 of each `sumBlockBytes` of a file that kdev put there, u32be one after the other, in
   * base64. They only say where to look; the digest of the whole decides. Empty for what the agent has not.
   */
  | { readonly type: 'sums'; readonly id: number; readonly sums: string }
  /** Part of the answer to `list`; `last` ends it. `known` says that kdev put or adopted it. */
  | {
      readonly type: 'listing';
      readonly id: number;
      readonly entries: readonly {
        readonly path: string;
        readonly entry: TreeEntry;
        readonly known: boolean;
      }[];
      readonly last: boolean;
      readonly problems: readonly PathProblem[];
    }
  | {
      readonly type: 'result';
      readonly id: number;
      readonly ok: true;
      readonly digest?: string;
      readonly oldPid?: number;
      readonly newPid?: number;
      readonly killed?: number;
      readonly ms?: number;
      /** Of a `run`: 128 + n for signal n; what it printed last. */
      readonly exitCode?: number;
      readonly timedOut?: boolean;
      readonly tail?: readonly string[];
    }
  | {
      readonly type: 'result';
      readonly id: number;
      readonly ok: false;
      readonly code: string;
      readonly message: string;
    }
  /** A new life of the container, after the journal's replay; its digest is read from the disk. */
  | {
      readonly type: 'incarnation';
      readonly incarnation: Incarnation;
      readonly gate: 'shut' | 'open';
      readonly digest: string;
      readonly revision: number;
      readonly replayed: number;
      readonly runsOwed?: readonly RunCommand[];
      readonly facts?: ContainerFacts;
      readonly problem?: ContainerProblem;
    }
  /** A line that a `run` printed. */
  | { readonly type: 'output'; readonly id: number; readonly line: string }
  /** The container's restarter is gone; nothing is acknowledged until an `incarnation` follows. */
  | { readonly type: 'gone' }
  | { readonly type: 'app'; readonly app: AppState; readonly gate: 'shut' | 'open'; readonly stale: boolean }
  /** Bytes of data frames that the agent has consumed since the last credit; see `windowBytes`. 0 is a sign of life. */
  | { readonly type: 'credit'; readonly bytes: number };

/** Data bytes that may be on their way without a credit. */
export const windowBytes = 4 * 1024 * 1024;
/** Longest frame that either side accepts, bytes after the length field. */
export const maxFrameBytes = 2 * 1024 * 1024;
/** A file's content is compared in blocks of so many bytes. */
export const sumBlockBytes = 64 * 1024;
/** Ranges of one file at the most. */
export const maxRanges = 1024;
/** Longest run of content in one data frame. */
export const chunkBytes = 256 * 1024;
