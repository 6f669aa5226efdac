import { cureOfName } from '../core/did-you-mean.ts';
import { KdevError } from '../core/error.ts';
import type { Project, Service } from '../core/service.ts';

/**
 * The services of a command: the named ones and whatever they depend on, else all; those that others wait for first.
 *
 * @throws KdevError `service-unknown`, which lists what there is.
 */
export function chooseServices(project: Project, names: readonly string[]): readonly Service[] {
  const byName = new Map(project.services.map((service) => [service.name, service]));
  const chosen = new Map<string, Service>();
  const take = (name: string): void => {
    const service = byName.get(name);
    if (service === undefined) throw unknownService(name, [...byName.keys()]);
    if (chosen.has(name)) return;
    for (const dependency of service.dependsOn) take(dependency);
    chosen.set(name, service);
  };
  for (const name of names.length > 0 ? names : byName.keys()) take(name);
  return [...chosen.values()];
}

/**
 * One service: the named one, else the only one there is.
 *
 * @throws KdevError `service-unknown`, `service-not-chosen`; both list what there is.
 */
export function chooseService(project: Project, name?: string): Service {
  const names = project.services.map((service) => service.name);
  const [only] = project.services;
  if (name === undefined && names.length === 1 && only) return only;
  const found = project.services.find((service) => service.name === name);
  if (found) return found;
  if (name !== undefined) throw unknownService(name, names);
  throw new KdevError({
    code: 'service-not-chosen',
    fault: 'user',
    what: 'There are several services and the command works on one.',
    why: `The services are ${names.join(', ')}.`,
    cure: `Name one, such as ${names[0]}.`,
  });
}

function unknownService(name: string, names: readonly string[]): KdevError {
  return new KdevError({
    code: 'service-unknown',
    fault: 'user',
    what: `There is no service "${name}".`,
    why: `The services are ${names.join(', ')}.`,
    cure: cureOfName(name, names),
  });
}
