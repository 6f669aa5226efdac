import { type RunCommand, runKey } from '../../src/core/run-command.ts';

/** A run step that a change asked for, and whether it has ended well since. */
export interface JournalledRun {
  readonly run: RunCommand;
  readonly done: boolean;
}

export function withOwed(runs: readonly JournalledRun[], owed: readonly RunCommand[]): JournalledRun[] {
  const keys = new Set(owed.map(runKey));
  const others = runs.filter(({ run }) => !keys.has(runKey(run)));
  return [...others, ...owed.map((run) => ({ run, done: false }))];
}

export function withRan(runs: readonly JournalledRun[], ran: RunCommand): JournalledRun[] {
  return runs.map(({ run, done }) => ({ run, done: done || runKey(run) === runKey(ran) }));
}
