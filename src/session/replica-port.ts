import type { Clock } from '../core/clock.ts';
import type { Applied, Endpoint, Restarted } from '../core/ports/endpoint.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import type { AppState } from '../core/replica-facts.ts';
import type { Ran, RunCommand } from '../core/run-command.ts';
import type { ReplicaState } from '../core/service-status.ts';
import type { LocalView } from './local-view.ts';

/** What others may read of a replica. */
export interface ReplicaFacts {
  readonly pod: string;
  readonly state: ReplicaState;
  /** Everything up to this change set is in the container. */
  readonly seq: number;
  readonly digest: string;
  readonly incarnation: string;
}

/** What a replica tells its lane. Called synchronously; must not throw. */
export interface ReplicaListener {
  /** @param code that of the error that ended a connection, where one did */
  onState(replica: ReplicaFacts, state: ReplicaState, why: string, code: string): void;
  onApplied(replica: ReplicaFacts, applied: Applied, facts: { readonly files: number }): void;
  /** The change sets `from` to `to` are in the container; earlier ones may still be on their way. */
  onArrived(replica: ReplicaFacts, arrived: { readonly from: number; readonly to: number }): void;
  onRestarted(replica: ReplicaFacts, restarted: Restarted): void;
  onApp(replica: ReplicaFacts, app: AppState, stale: boolean): void;
  onProblem(replica: ReplicaFacts, code: string, message: string): void;
  /** A restart that was owed is owed no more, or something else that a wait is for has changed. */
  onProgress(): void;
  /** Whether a restart that is owed may happen now: no burst is going on. */
  mayRestart(): boolean;
  /** Whether anything may be sent now: git does not hold the tree. */
  maySend(): boolean;
  /** Whether the view is the local tree: nothing of it is held back for a person. */
  isWhole(): boolean;
  /** Of paths that the container has because of the tree, and that are gone here: those that may go there, too. */
  mayRemove(replica: ReplicaFacts, paths: readonly string[], known: number): readonly string[];
  /** Whether content at a container path changes what the app runs only after a restart. */
  needsRestart(containerPath: string): boolean;
  /** The commands that have to run in the container once these paths have changed in it. */
  runsFor(containerPaths: readonly string[]): readonly RunCommand[];
  onRunOutput(replica: ReplicaFacts, run: RunCommand, line: string): void;
  /** A command ended, well or not. */
  onRan(replica: ReplicaFacts, run: RunCommand, ran: Ran): void;
}

export interface ReplicaOptions {
  readonly pod: string;
  readonly view: LocalView;
  readonly read: Watcher['read'];
  /** Opens a connection to the agent of this pod for this service's container. */
  readonly dial: (signal: AbortSignal) => Promise<Endpoint>;
  readonly inBase: (containerPath: string) => boolean;
  readonly isMirrored: (containerPath: string) => boolean;
  readonly graceMs: number;
  /** How often a container that rests is compared with its disk, ms. @default 30 000 */
  readonly scrubEveryMs?: number | undefined;
  readonly clock: Clock;
  readonly listener: ReplicaListener;
}
