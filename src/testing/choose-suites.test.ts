import { describe, expect, it } from 'vitest';
import { KdevError } from '../core/error.ts';
import type { Service } from '../core/service.ts';
import { chooseSuites } from './choose-suites.ts';

function services(tests: Readonly<Record<string, readonly string[]>>): readonly Service[] {
  return Object.entries(tests).map(
    ([name, suites]): Service => ({
      name,
      workload: { kind: 'Deployment', name },
      ...{ mappings: [], restart: [], rebuild: [], ports: [], graceMs: 1, gateWaitMs: 1, dependsOn: [] },
      ...{ onCrash: 'hold', storage: 'auto' },
      tests: suites.map((suite) => ({ name: suite, commands: ['true'], timeoutMs: 1 })),
    }),
  );
}

const one = { adder: ['unit', 'functional', 'lint'], store: [] };
const two = { adder: ['unit', 'lint'], store: ['unit', 'load'] };

function choose(
  tests: Readonly<Record<string, readonly string[]>>,
  args: readonly string[],
): readonly string[] {
  return chooseSuites(services(tests), args).flatMap(({ service, suites }) =>
    suites.map(({ name }) => `${service.name} ${name}`),
  );
}

describe('what kdev test runs', () => {
  it.each<[args: string, tests: typeof one | typeof two, chosen: readonly string[]]>([
    ['', one, ['adder unit', 'adder functional', 'adder lint']],
    ['adder', one, ['adder unit', 'adder functional', 'adder lint']],
    ['adder lint unit', one, ['adder unit', 'adder lint']],
    ['lint', one, ['adder lint']],
    ['lint unit', one, ['adder unit', 'adder lint']],
    ['', two, ['adder unit', 'adder lint', 'store unit', 'store load']],
    ['store', two, ['store unit', 'store load']],
    ['store load', two, ['store load']],
  ])('of "%s" with %j', (args, tests, chosen) => {
    expect(
      choose(
        tests,
        args.split(' ').filter((arg) => arg !== ''),
      ),
    ).toEqual(chosen);
  });

  it.each<[args: string, tests: Readonly<Record<string, readonly string[]>>, code: string, cure: string]>([
    ['adder lnt', one, 'suite-unknown', 'Did you mean lint?'],
    ['adder zzz', one, 'suite-unknown', 'Name one of them, such as unit.'],
    ['ader', one, 'service-unknown', 'Did you mean adder?'],
    ['lnt', one, 'service-unknown', 'Did you mean lint?'],
    ['lnt', { adder: ['lint'] }, 'suite-unknown', 'Did you mean lint?'],
    ['load', two, 'service-not-chosen', 'Write kdev test store load.'],
    ['store', one, 'suites-none', "Give it some: tests: { unit: 'pytest -q' }"],
    ['', { adder: [], store: [] }, 'suites-none', "Give one of them some: tests: { unit: 'pytest -q' }"],
  ])('is not clear from "%s" with %j: %s', (args, tests, code, cure) => {
    const run = () =>
      choose(
        tests,
        args.split(' ').filter((arg) => arg !== ''),
      );
    expect(run).toThrow(KdevError);
    expect(run).toThrow(expect.objectContaining({ code, cure }));
  });
});
