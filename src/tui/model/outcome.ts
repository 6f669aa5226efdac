import type { Outcome, Save } from './model.ts';

/** What a save may take from the file's change until every replica has it, ms. */
export const syncBudgetMs = 50;
/** The same until the app has been started again everywhere, ms. */
export const restartBudgetMs = 500;

/** How far a save has come for all of its services, and how long that took. */
export interface Verdict {
  readonly kind: 'sync' | 'restart' | 'rebuild' | 'nothing';
  readonly state: 'under way' | 'done' | 'failed';
  /** From the change of the file on; absent where it is not known. */
  readonly ms?: number;
  /** Absent where there is none, as for an image. */
  readonly budgetMs?: number;
}

/** The verdict on a save: that of the service that took longest, or has not come as far. */
export function verdictOf({ outcomes }: Save): Verdict {
  const order = ['failed', 'under way', 'done'] as const;
  const kinds = ['nothing', 'sync', 'restart', 'rebuild'] as const;
  const [first, ...rest] = outcomes.map(outcomeVerdict);
  if (!first) return { kind: 'nothing', state: 'done' };
  return rest.reduce((worst, each) => {
    const byState = order.indexOf(each.state) - order.indexOf(worst.state);
    const byKind = kinds.indexOf(worst.kind) - kinds.indexOf(each.kind);
    return (byState || byKind || (worst.ms ?? 0) - (each.ms ?? 0)) < 0 ? each : worst;
  }, first);
}

function outcomeVerdict(outcome: Outcome): Verdict {
  const { steps, synced, restarts, build, rollout } = outcome;
  const asks = (wanted: string): boolean => steps.some(({ step }) => step === wanted);
  if (asks('rebuild')) {
    if (build?.state === 'failed' || rollout?.state === 'stuck') return { kind: 'rebuild', state: 'failed' };
    const ms = (build?.ms ?? 0) + (rollout?.ms ?? 0);
    return rollout?.state === 'done'
      ? { kind: 'rebuild', state: 'done', ...(ms > 0 && { ms }) }
      : { kind: 'rebuild', state: 'under way' };
  }
  if (asks('restart')) {
    const budgetMs = restartBudgetMs;
    const missing = restarts.length < (synced?.replicas ?? 1);
    if (!synced && restarts.length === 0) return { kind: 'restart', state: 'under way', budgetMs };
    const ms = restartedAfter(outcome);
    return {
      ...{ kind: 'restart', state: missing ? 'under way' : 'done', budgetMs },
      ...(ms !== undefined && { ms }),
    };
  }
  if (synced) return { kind: 'sync', state: 'done', ms: synced.stages.total, budgetMs: syncBudgetMs };
  if (asks('sync')) return { kind: 'sync', state: 'under way', budgetMs: syncBudgetMs };
  return { kind: 'nothing', state: 'done' };
}

/** From the change of the file to the last app that was started again, ms. */
export function restartedAfter({ synced, restarts }: Outcome): number | undefined {
  if (!synced || restarts.length === 0) return undefined;
  const last = Math.max(...restarts.map(({ at }) => at));
  return synced.stages.total + Math.max(0, last - synced.at);
}
