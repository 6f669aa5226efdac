import { KdevError } from '../core/error.ts';

/**
 * A whole number from the command line; undefined where the option was not given.
 *
 * @throws KdevError `usage`.
 */
export function readCount(option: string, given: unknown): number | undefined {
  if (given === undefined) return undefined;
  const number = typeof given === 'string' && /^\d{1,9}$/.test(given) ? Number(given) : undefined;
  if (number !== undefined) return number;
  throw new KdevError({
    code: 'usage',
    fault: 'user',
    what: `${option} takes a whole number, not "${String(given)}".`,
    cure: `Write ${option} 100.`,
  });
}
