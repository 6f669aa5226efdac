import { KdevError } from '../core/error.ts';

const units: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/**
 * `500ms`, `30s`, `2m`, `1h` as milliseconds; undefined for an option that was not given.
 *
 * @throws `usage`
 */
export function readDuration(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)(ms|s|m|h)$/.exec(String(value)) ?? [];
  const factor = units[unit];
  if (number !== '' && factor !== undefined) return Number(number) * factor;
  throw new KdevError({
    code: 'usage',
    fault: 'user',
    what: `${option} takes a duration, not "${String(value)}".`,
    cure: `Write a number and ms, s, m or h, such as ${option} 30s.`,
  });
}
