import type { EventOf, Totals } from './model.ts';

/** Enough for a median that means something, and bounded. */
const keptLatencies = 1_000;

export function countSave(totals: Totals): Totals {
  return { ...totals, saves: totals.saves + 1 };
}

export function countRestart(totals: Totals): Totals {
  return { ...totals, restarts: totals.restarts + 1 };
}

export function countBuild(totals: Totals, state: EventOf<'build'>['state']): Totals {
  return state === 'done' ? { ...totals, builds: totals.builds + 1 } : totals;
}

/** @param ms from the save to the last replica's acknowledgement */
export function countSync(totals: Totals, ms: number): Totals {
  const latencies = [...totals.latencies, ms].slice(-keptLatencies);
  return { ...totals, latencies, slowest: Math.max(totals.slowest, ms) };
}

/** Undefined without any. */
export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[middle]];
  return low === undefined || high === undefined ? undefined : (low + high) / 2;
}
