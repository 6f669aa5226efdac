import { KdevError } from '../core/error.ts';

const units: Readonly<Record<string, number>> = { k: 1_000, M: 1_000_000, G: 1_000_000_000 };
/** Below it signs of life would come too late behind a large file. */
const leastBytes = 256_000;

/**
 * `500k`, `2M`, `0.5M` as bytes a second; undefined for an option that was not given.
 *
 * @throws `usage`
 */
export function readRate(option: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)([kMG])$/.exec(String(value)) ?? [];
  const rate = Number(number) * (units[unit] ?? 0);
  if (number !== '' && rate >= leastBytes) return rate;
  throw new KdevError({
    code: 'usage',
    fault: 'user',
    what: `${option} takes bytes a second, at least 256k, not "${String(value)}".`,
    cure: `Write a number and k, M or G, such as ${option} 2M.`,
  });
}
