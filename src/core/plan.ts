import type { ChangeSet } from './change.ts';
import type { ServiceRules } from './rules.ts';
import { type RunCommand, runKey } from './run-command.ts';

/** What a change set asks of one service. */
export interface Plan {
  readonly seq: number;
  /** Absolute container paths of everything that changed below a mapping. */
  readonly sync: readonly string[];
  /** Commands that run in the container once its files are there and before the app restarts; absent = none. */
  readonly run?: readonly RunReason[];
  /** Why the app restarts once everything of the burst has arrived; absent = it need not. */
  readonly restart?: StepReason;
  /** Why the image is rebuilt; absent = it need not. The sync does not wait for it. */
  readonly rebuild?: StepReason;
}

export interface StepReason {
  readonly path: string;
  readonly pattern: string;
  /** The path is gone. */
  readonly deleted?: true;
}

export interface RunReason extends StepReason {
  readonly run: RunCommand;
}

/**
 * Decides the steps of one change set for one service. Directories alone neither restart nor rebuild: only what
 * holds content can change what runs.
 */
export function planChanges(set: ChangeSet, rules: ServiceRules): Plan {
  const sync = new Set<string>();
  const runs = new Map<string, RunReason>();
  let restart: StepReason | undefined;
  let rebuild: StepReason | undefined;
  for (const { path, type, kind } of set.changes) {
    const containerPaths = rules.containerPaths(path, type);
    for (const containerPath of containerPaths) sync.add(containerPath);
    // A directory says nothing by itself, but what was there before it is gone.
    if (type === 'dir' && kind !== 'modified') continue;
    if (containerPaths.length > 0) {
      restart ??= reasonOf(path, rules.restartPattern(path));
      for (const { run, pattern } of rules.runs(path)) {
        if (!runs.has(runKey(run))) runs.set(runKey(run), { path, pattern, run });
      }
    }
    const reason = reasonOf(path, rules.rebuildPattern(path));
    rebuild ??= reason && kind === 'deleted' ? { ...reason, deleted: true } : reason;
  }
  return {
    seq: set.seq,
    sync: [...sync],
    ...(runs.size > 0 && { run: [...runs.values()] }),
    ...(restart && { restart }),
    ...(rebuild && { rebuild }),
  };
}

/** For people: the path, and the pattern that matched where it is not the path itself. */
export function describeReason({ path, pattern }: StepReason): string {
  return path === pattern ? path : `${path} matches ${pattern}`;
}

/** For people, as a whole sentence's worth: what became of the path, and the rule that counts it. */
export function describeRebuild({ path, pattern, deleted }: StepReason): string {
  const rule = path === pattern ? '' : ` (matches ${pattern})`;
  return `${path} ${deleted ? 'was deleted' : 'changed'}${rule}`;
}

/** Whether the service has nothing to do with the change set. */
export function isEmptyPlan(plan: Plan): boolean {
  return plan.sync.length === 0 && plan.rebuild === undefined;
}

function reasonOf(path: string, pattern: string | undefined): StepReason | undefined {
  return pattern === undefined ? undefined : { path, pattern };
}
