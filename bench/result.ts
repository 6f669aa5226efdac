import type { Measured } from './observer.ts';

/** One line of the outcome. */
export type Result = Timing | Amount;

export interface Timing {
  readonly case: string;
  /** `kdev`, or what it is compared with. */
  readonly who: string;
  readonly n: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** Saves that did not arrive, and files that are missing or different afterwards. */
  readonly wrong: number;
}

/** What is no time. */
export interface Amount {
  readonly case: string;
  readonly who: string;
  readonly n: number;
  readonly value: number;
  readonly unit: 'MB' | '% of a core' | 'ms of a core';
}

export function timing(
  of: { readonly case: string; readonly who: string },
  samples: readonly number[],
  wrong = 0,
): Timing {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    case: of.case,
    who: of.who,
    n: sorted.length,
    medianMs: round(quantile(sorted, 0.5)),
    p95Ms: round(quantile(sorted, 0.95)),
    maxMs: round(sorted.at(-1) ?? Number.NaN),
    wrong,
  };
}

/** A series of saves; a command that failed counts as wrong, whatever arrived. */
export function seriesTiming(
  of: { readonly case: string; readonly who: string },
  measured: Measured,
  different: number,
): Timing {
  return timing(of, measured.samples, measured.missed + measured.failures + different);
}

/** Between two samples the nearer one above: no figure that was not measured. */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function round(value: number): number {
  return Math.round(value * 100) / 100;
}
