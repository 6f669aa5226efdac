import type { KdevError } from '../core/error.ts';
import type { KdevEvent } from '../core/event.ts';

/** How a suite went: the facts of its last `test` event, and what a report wants to know besides. */
export type SuiteResult = Omit<Extract<KdevEvent, { event: 'test' }>, 'event' | 'state'> & {
  readonly state: 'passed' | 'failed' | 'broken' | 'stopped';
  readonly ms: number;
  /** When it began, RFC 3339. */
  readonly startedAt: string;
  /** Why it is `broken`. */
  readonly error?: KdevError;
  /** What it printed, without colours; the end of it where it is long. */
  readonly output: string;
  /** What its tool wrote itself, where the suite declares such a file and it is there. */
  readonly junit?: string;
};

/** Whether a run is the answer no: a suite failed, or had not ended at its time limit. */
export function isRed({ state }: SuiteResult): boolean {
  return state === 'failed' || state === 'stopped';
}
