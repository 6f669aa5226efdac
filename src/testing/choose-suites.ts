import { cureOfName } from '../core/did-you-mean.ts';
import { KdevError } from '../core/error.ts';
import type { Service, TestSuite } from '../core/service.ts';

/** What `kdev test` runs of one service. */
export interface ChosenSuites {
  readonly service: Service;
  readonly suites: readonly TestSuite[];
}

/**
 * Reads `[SERVICE] [NAME…]`. Without a service it means every service that has suites; without names all suites of
 * it, in the order of the configuration. Where only one service has suites, its name may be left out before theirs.
 *
 * @throws KdevError `suites-none`, `suite-unknown`, `service-unknown`, `service-not-chosen`
 */
export function chooseSuites(services: readonly Service[], args: readonly string[]): readonly ChosenSuites[] {
  const [first, ...more] = args;
  const tested = services.filter(({ tests }) => tests.length > 0);
  const named = services.find(({ name }) => name === first);
  if (named) return [suitesOf(named, more)];
  const [only, another] = tested;
  if (only === undefined) throw noSuites(services.map(({ name }) => name));
  if (first === undefined) return tested.map((service) => ({ service, suites: service.tests }));
  if (another === undefined && only.tests.some(({ name }) => name === first)) return [suitesOf(only, args)];
  throw unknownFirst(first, services, tested);
}

function suitesOf(service: Service, names: readonly string[]): ChosenSuites {
  const known = service.tests.map(({ name }) => name);
  if (known.length === 0) throw noSuites([service.name]);
  for (const name of names) if (!known.includes(name)) throw unknownSuite(name, service.name, known);
  // In the order of the configuration: what somebody put first there ought to fail first.
  const suites = service.tests.filter(({ name }) => names.length === 0 || names.includes(name));
  return { service, suites };
}

function unknownFirst(name: string, services: readonly Service[], tested: readonly Service[]): KdevError {
  const owner = tested.find(({ tests }) => tests.some((suite) => suite.name === name));
  if (owner) {
    return new KdevError({
      code: 'service-not-chosen',
      fault: 'user',
      what: `Several services have tests; "${name}" alone does not say which.`,
      cure: `Write kdev test ${owner.name} ${name}.`,
    });
  }
  const [only, another] = tested;
  const suites = only && another === undefined ? only.tests.map((suite) => suite.name) : [];
  const names = services.map((service) => service.name);
  if (only && services.length === 1) return unknownSuite(name, only.name, suites);
  return new KdevError({
    code: 'service-unknown',
    fault: 'user',
    what: `There is no service "${name}".`,
    why: `The services are ${names.join(', ')}.`,
    cure: cureOfName(name, names, [...names, ...suites]),
  });
}

function unknownSuite(name: string, service: string, known: readonly string[]): KdevError {
  return new KdevError({
    code: 'suite-unknown',
    fault: 'user',
    what: `Service ${service} has no suite "${name}".`,
    why: `It has: ${known.join(', ')}.`,
    cure: cureOfName(name, known),
  });
}

function noSuites(services: readonly string[]): KdevError {
  const [only, another] = services;
  return new KdevError({
    code: 'suites-none',
    fault: 'user',
    what: another === undefined ? `Service ${only} has no tests.` : 'No service has tests.',
    why: 'The configuration declares none.',
    cure: `Give ${another === undefined ? 'it' : 'one of them'} some: tests: { unit: 'pytest -q' }`,
  });
}
