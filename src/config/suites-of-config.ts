import type { TestSuite } from '../core/service.ts';
import type { CheckedTests } from './config-schema.ts';
import { show } from './schema-problems.ts';

const defaultTimeoutMs = 600_000;

/** A word of a command line that is no option and needs no quotes. */
const suiteName = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** The suites of a service with their defaults. What cannot be right is reported and left out. */
export function suitesOf(
  tests: CheckedTests,
  report: (path: readonly (string | number)[], message: string) => void,
): readonly TestSuite[] {
  return Object.entries(tests).flatMap(([name, given]) => {
    const options = typeof given === 'string' || Array.isArray(given) ? { command: given } : given;
    if (!suiteName.test(name)) {
      report(['tests', name], 'a suite is named by letters, digits, dots, hyphens and underscores');
    }
    const { command, commands, cwd, timeoutMs = defaultTimeoutMs, junit } = options;
    if ((command === undefined) === (commands === undefined)) {
      report(
        ['tests', name],
        command === undefined
          ? 'missing: expected command or commands'
          : 'expected command or commands, not both',
      );
      return [];
    }
    if (cwd !== undefined && !cwd.startsWith('/')) {
      report(['tests', name, 'cwd'], `expected an absolute path in the container, not ${show(cwd)}`);
    }
    if (timeoutMs === 0) report(['tests', name, 'timeoutMs'], 'expected at least 1 millisecond, not 0');
    return [
      {
        name,
        commands: commands ?? [command ?? ''],
        timeoutMs,
        ...(cwd !== undefined && { cwd }),
        ...(junit !== undefined && { junit }),
      },
    ];
  });
}
