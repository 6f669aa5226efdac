import { describe, expect, it } from 'vitest';
import { configSchema } from './config-schema.ts';
import { schemaProblems } from './schema-problems.ts';
import { suitesOf } from './suites-of-config.ts';

function read(tests: unknown) {
  const problems: string[] = [];
  const parsed = configSchema.safeParse({ services: { adder: { tests } } }, { reportInput: true });
  if (!parsed.success) {
    const found = schemaProblems(parsed.error).map(({ path, message }) => `${path.join('.')}: ${message}`);
    return { suites: [], problems: found.map((text) => text.replace('services.adder.', '')) };
  }
  const given = parsed.data.services['adder']?.tests ?? {};
  const suites = suitesOf(given, (path, message) => problems.push(`${path.join('.')}: ${message}`));
  return { suites, problems };
}

describe('the suites of a service', () => {
  it('are command lines, programs or details, in the order in which they are written', () => {
    const { suites, problems } = read({
      unit: 'pytest tests/unit',
      selftest: ['/app/selftest', '--all'],
      lint: {
        commands: ['ruff check', ['ruff', 'format', '--check']],
        cwd: '/app',
        timeoutMs: 60_000,
        junit: 'lint.xml',
      },
    });
    expect(problems).toEqual([]);
    expect(suites).toEqual([
      { name: 'unit', commands: ['pytest tests/unit'], timeoutMs: 600_000 },
      { name: 'selftest', commands: [['/app/selftest', '--all']], timeoutMs: 600_000 },
      {
        name: 'lint',
        commands: ['ruff check', ['ruff', 'format', '--check']],
        cwd: '/app',
        timeoutMs: 60_000,
        junit: 'lint.xml',
      },
    ]);
  });

  it.each<[why: string, tests: unknown, problem: string]>([
    [
      'a name that is no word of a command line',
      { '-x': 'true' },
      'tests.-x: a suite is named by letters, digits, dots, hyphens and underscores',
    ],
    ['no command', { unit: { cwd: '/app' } }, 'tests.unit: missing: expected command or commands'],
    [
      'both kinds of command',
      { unit: { command: 'a', commands: ['b'] } },
      'tests.unit: expected command or commands, not both',
    ],
    [
      'a relative folder',
      { unit: { command: 'a', cwd: 'src' } },
      "tests.unit.cwd: expected an absolute path in the container, not 'src'",
    ],
    [
      'no time at all',
      { unit: { command: 'a', timeoutMs: 0 } },
      'tests.unit.timeoutMs: expected at least 1 millisecond, not 0',
    ],
    [
      'an unknown key',
      { unit: { comand: 'a' } },
      'tests.unit.comand: there is no such option; did you mean command?',
    ],
    ['an empty program', { unit: [] }, 'tests.unit: expected a program with its arguments, not []'],
    [
      'something else',
      { unit: 7 },
      "tests.unit: expected a command line such as 'pytest', a list of a program and its arguments or { command, timeoutMs, … }, not 7",
    ],
  ])('cannot have %s', (_, tests, problem) => {
    expect(read(tests).problems).toEqual([problem]);
  });
});
