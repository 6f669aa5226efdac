/**
 * What kdev says while it works, once, for every sink: the plain log, JSON lines, `kdev status` and the terminal
 * UI. Names and meanings are a contract (docs/events.md): additions only. `time` is added by the bus.
 */
export type KdevEvent =
  /** Where a command is: config, render, build, apply, sync. For people; scripts use the others. */
  | { readonly event: 'step'; readonly text: string; readonly service?: string }
  | {
      readonly event: 'ready';
      readonly services: readonly {
        readonly service: string;
        readonly replicas: number;
        readonly urls: readonly string[];
      }[];
      readonly environment: string;
      readonly context: string;
    }
  | {
      readonly event: 'change';
      readonly seq: number;
      readonly paths: readonly string[];
      readonly files: number;
    }
  | {
      readonly event: 'plan';
      readonly service: string;
      readonly seq: number;
      readonly steps: readonly {
        readonly step: 'sync' | 'run' | 'restart' | 'rebuild';
        readonly reason: string;
      }[];
    }
  | {
      readonly event: 'synced';
      readonly service: string;
      readonly seq: number;
      readonly files: number;
      readonly bytes: number;
      readonly replicas: readonly SyncedReplica[];
      readonly stages: SyncStages;
    }
  | {
      readonly event: 'restarted';
      readonly service: string;
      readonly seq: number;
      readonly replica: string;
      readonly oldPid: number;
      readonly newPid: number;
      readonly ms: number;
    }
  /** A run step ended in a replica. */
  | {
      readonly event: 'ran';
      readonly service: string;
      readonly seq: number;
      readonly replica: string;
      readonly command: string;
      /** 128 + n for one that signal n ended. */
      readonly exitCode: number;
      readonly timedOut?: boolean;
      readonly ms: number;
    }
  /** The app of a replica started, ended by itself, or waits. */
  | {
      readonly event: 'app';
      readonly service: string;
      readonly replica: string;
      readonly state: 'waiting' | 'running' | 'held' | 'stopping';
      readonly exitCode?: number;
      readonly signal?: string;
      readonly stale: boolean;
    }
  | {
      readonly event: 'build';
      readonly service: string;
      /** `cancelled`: a newer edit or a person ended it; its reason says who. */
      readonly state: 'started' | 'cached' | 'done' | 'failed' | 'cancelled';
      readonly reason: string;
      /** The newest change set of the session that is in it; absent where there is no session. */
      readonly seq?: number;
      readonly image?: string;
      readonly ms?: number;
    }
  | {
      readonly event: 'rollout';
      readonly service: string;
      readonly state: 'started' | 'done' | 'stuck';
      readonly reason: string;
      readonly ms?: number;
    }
  | {
      readonly event: 'log';
      readonly service: string;
      readonly replica: string;
      readonly line: string;
      readonly at: string;
      /** What said it; absent = the app. */
      readonly source?: 'build' | 'test' | 'run';
      /** Of a test's line. */
      readonly suite?: string;
    }
  /** A suite of a service's tests, in one replica. */
  | {
      readonly event: 'test';
      readonly service: string;
      readonly suite: string;
      /** `broken`: it could not run, so that there is no verdict. */
      readonly state: 'started' | 'passed' | 'failed' | 'broken' | 'stopped';
      readonly replica: string;
      /** Over what the container held when it started. */
      readonly digest: string;
      readonly exitCode?: number;
      readonly signal?: string;
      readonly ms?: number;
      /** A save came in between: the verdict is not about the files on screen. */
      readonly outdated?: boolean;
      /** Why it is `broken` or `stopped`. */
      readonly reason?: string;
    }
  /** Somebody held the syncing of saves, or let it go on. */
  | { readonly event: 'paused'; readonly paused: boolean }
  /** Stays until an event of the same `key` with `resolved: true`. */
  | {
      readonly event: 'problem';
      readonly key: string;
      readonly code: string;
      readonly message: string;
      readonly cure?: string;
      readonly service?: string;
      readonly replica?: string;
      readonly path?: string;
      readonly resolved: boolean;
    }
  | { readonly event: 'end'; readonly exitCode: number; readonly reason: string };

export interface SyncedReplica {
  readonly pod: string;
  readonly digest: string;
  readonly incarnation: string;
}

/** ms; `total` counts from the oldest changed file's ctime to the last replica's acknowledgement. */
export interface SyncStages {
  readonly detect: number;
  readonly settle: number;
  readonly send: number;
  readonly apply: number;
  readonly restart?: number;
  readonly total: number;
}

/** Where events go. `emit` never blocks and never throws. */
export interface Bus {
  emit(event: KdevEvent): void;
}
