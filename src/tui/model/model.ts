import type { KdevEvent, SyncStages } from '../../core/event.ts';

/** An event and when it was emitted, RFC 3339. */
export type TimedEvent = KdevEvent & { readonly time: string };
export type EventOf<Name extends KdevEvent['event']> = Extract<TimedEvent, { event: Name }>;

/** Everything that the events so far amount to, for a screen; bounded, however long a session lasts. */
export interface Model {
  /** Wall clock of the first event, ms; 0 = none yet. */
  readonly since: number;
  /** What bringing up did, oldest first; the last one without `ms` is under way. */
  readonly steps: readonly Step[];
  readonly ready: boolean;
  readonly paused: boolean;
  /** By service. */
  readonly facts: Readonly<Record<string, ServiceFacts>>;
  /** Oldest first. */
  readonly activity: readonly Activity[];
  /** Those that stand, oldest first. */
  readonly problems: readonly Problem[];
  /** The last result of each suite, in the order in which they were first run. */
  readonly tests: readonly TestResult[];
  readonly totals: Totals;
}

export interface Step {
  readonly text: string;
  readonly at: number;
  /** How long it took, ms. */
  readonly ms?: number;
}

export interface ServiceFacts {
  readonly urls: readonly string[];
  readonly restarts: number;
  readonly build?: {
    readonly state: EventOf<'build'>['state'];
    readonly at: number;
    readonly reason: string;
    /** The newest change set that is in it. */
    readonly seq?: number;
    /** What the builder said last. */
    readonly line?: string;
  };
  readonly rollout?: {
    readonly state: EventOf<'rollout'>['state'];
    readonly at: number;
    readonly reason: string;
  };
  /** By pod: how its app ended last, while it is held. */
  readonly crashed: Readonly<Record<string, string>>;
}

/** One row of what happened. */
export type Activity = Save | Note;

export interface Save {
  readonly type: 'save';
  readonly seq: number;
  /** Wall clock, ms. */
  readonly at: number;
  /** The first of them. */
  readonly paths: readonly string[];
  readonly files: number;
  readonly outcomes: readonly Outcome[];
}

/** What one service made of a save. */
export interface Outcome {
  readonly service: string;
  readonly steps: EventOf<'plan'>['steps'];
  readonly synced?: {
    readonly files: number;
    readonly bytes: number;
    readonly replicas: number;
    readonly stages: SyncStages;
    readonly at: number;
  };
  readonly restarts: readonly {
    readonly replica: string;
    readonly oldPid: number;
    readonly newPid: number;
    readonly ms: number;
    readonly at: number;
  }[];
  readonly build?: { readonly state: EventOf<'build'>['state']; readonly ms?: number };
  readonly rollout?: { readonly state: EventOf<'rollout'>['state']; readonly ms?: number };
}

/** What happened without a save: an app ended by itself, somebody asked for a restart. */
export interface Note {
  readonly type: 'note';
  readonly at: number;
  readonly service: string;
  readonly tone: 'good' | 'bad' | 'plain';
  readonly text: string;
}

export interface Problem {
  readonly key: string;
  /** A heading of docs/errors.md; absent for what only a screen makes a problem of. */
  readonly code?: string;
  readonly message: string;
  readonly cure?: string;
  readonly service?: string;
  readonly replica?: string;
  readonly path?: string;
  readonly since: number;
}

export interface TestResult {
  readonly service: string;
  readonly suite: string;
  readonly state: EventOf<'test'>['state'];
  readonly replica: string;
  readonly digest: string;
  readonly at: number;
  readonly ms?: number;
  readonly exitCode?: number;
  readonly signal?: string;
  readonly outdated: boolean;
  readonly reason?: string;
}

export interface Totals {
  readonly saves: number;
  readonly restarts: number;
  readonly builds: number;
  /** From save to last acknowledgement, of the newest saves, ms. */
  readonly latencies: readonly number[];
  readonly slowest: number;
}

export const emptyModel: Model = {
  since: 0,
  steps: [],
  ready: false,
  paused: false,
  facts: {},
  activity: [],
  problems: [],
  tests: [],
  totals: { saves: 0, restarts: 0, builds: 0, latencies: [], slowest: 0 },
};

/** What a service's facts are before anything has happened to it. */
export const noFacts: ServiceFacts = { urls: [], restarts: 0, crashed: {} };
