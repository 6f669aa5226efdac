import { count, formatMs } from '../core/measures.ts';
import type { Style } from '../output/style.ts';
import type { SuiteResult } from '../testing/suite-result.ts';

/** The last line for people: what is not right, else that everything is; where and on what it ran. */
export function testSummary(results: readonly SuiteResult[], style: Style): string {
  const title = (result: SuiteResult): string => `${result.service} ${result.suite}`;
  const bad = results.filter(({ state }) => state !== 'passed');
  const ms = results.reduce((sum, result) => sum + result.ms, 0);
  const where = [...new Set(results.map(({ replica, digest }) => `${replica} · ${digest.slice(0, 12)}`))];
  const place = style.dim(`in ${formatMs(ms)}  ${where.join(', ')}`);
  const lines =
    bad.length === 0
      ? [`${style.good('✓')} ${count(results.length, 'suite')} passed ${place}`]
      : [
          `${style.bad('✗')} ${bad.length} of ${count(results.length, 'suite')} not passed ${place}: ${bad
            .map((result) => `${title(result)} (${howOf(result)})`)
            .join(', ')}`,
        ];
  if (results.some(({ outdated }) => outdated)) {
    lines.push(`${style.warn('!')} a save came in between, so this is not about the files as they are now`);
  }
  return lines.join('\n');
}

function howOf({ state, exitCode, signal, reason }: SuiteResult): string {
  switch (state) {
    case 'failed':
      return signal ?? `exit code ${exitCode ?? 1}`;
    case 'broken':
      return 'could not run';
    case 'stopped':
      return reason ?? 'stopped';
    case 'passed':
      return state;
    default:
      return state satisfies never;
  }
}
