import type { SyncStages } from '../../core/event.ts';

/** Where the tour's own words go: one line a call, no newline at its end. */
export type Say = (line: string) => void;

/** `total 31 ms = detect 1.2 + settle 0.4 + send 2.0 + apply 1.1 + restart 260`, as kdev measured it. */
export function describeStages(stages: SyncStages): string {
  const { total, ...parts } = stages;
  const named = Object.entries(parts)
    .filter((part): part is [string, number] => part[1] !== undefined)
    .map(([name, ms]) => `${name} ${describeMs(ms)}`);
  return `${named.join(' · ')} · total ${describeMs(total)} ms`;
}

/** Three significant digits at most: `0.42`, `3.1`, `260`. */
export function describeMs(ms: number): string {
  if (ms < 1) return ms.toFixed(2);
  return ms < 10 ? ms.toFixed(1) : ms.toFixed(0);
}

export function describeSeconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
