import { nearestName } from '../core/did-you-mean.ts';
import type { Service } from '../core/service.ts';
import type { ConfigProblem } from './config-problem.ts';

/** What is wrong between services: the same container twice, the same local port, dependencies that do not exist or go round. */
export function checkServices(services: readonly Service[]): readonly ConfigProblem[] {
  return [
    ...sameContainer(services),
    ...samePort(services),
    ...unknownDependency(services),
    ...ring(services),
  ];
}

function sameContainer(services: readonly Service[]): readonly ConfigProblem[] {
  return firstTaken(services, (service) => {
    const { kind, name } = service.workload;
    return [{ key: `${kind}/${name} ${service.container ?? service.name}`, at: ['container'] }];
  }).map(({ service, by, key }) => {
    const [workload, container] = key.split(' ');
    return {
      path: ['services', service, 'workload'],
      message: `container ${container} of ${workload} is already service ${by}'s`,
    };
  });
}

function samePort(services: readonly Service[]): readonly ConfigProblem[] {
  return firstTaken(services, ({ ports }) =>
    ports.flatMap(({ local }, index) => (local === 0 ? [] : [{ key: String(local), at: ['ports', index] }])),
  ).map(({ service, by, key, at }) => ({
    path: ['services', service, ...at],
    message: `local port ${key} is already taken by service ${by}; write '${Number(key) + 1}:…' to choose another`,
  }));
}

interface Claim {
  readonly key: string;
  readonly at: readonly (string | number)[];
}

/** The claims that another service, or the same one, made before. */
function firstTaken(services: readonly Service[], claimsOf: (service: Service) => readonly Claim[]) {
  const owners = new Map<string, string>();
  return services.flatMap((service) =>
    claimsOf(service).flatMap(({ key, at }) => {
      const by = owners.get(key);
      if (by !== undefined) return [{ service: service.name, by, key, at }];
      owners.set(key, service.name);
      return [];
    }),
  );
}

function unknownDependency(services: readonly Service[]): readonly ConfigProblem[] {
  const names = services.map(({ name }) => name);
  return services.flatMap((service) =>
    service.dependsOn.flatMap((dependency, index) => {
      const path = ['services', service.name, 'dependsOn', index];
      if (names.includes(dependency)) return [];
      const nearest = nearestName(
        dependency,
        names.filter((name) => name !== service.name),
      );
      const hint =
        nearest === undefined ? `those that exist are ${names.join(', ')}` : `did you mean ${nearest}?`;
      return [{ path, message: `there is no service ${dependency}; ${hint}` }];
    }),
  );
}

function ring(services: readonly Service[]): readonly ConfigProblem[] {
  const next = new Map(services.map(({ name, dependsOn }) => [name, dependsOn]));
  const done = new Set<string>();
  const walk = (name: string, way: readonly string[]): readonly string[] | undefined => {
    if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const dependency of next.get(name) ?? []) {
      const found = walk(dependency, [...way, name]);
      if (found) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const { name } of services) {
    const found = walk(name, []);
    if (found) {
      const path = ['services', found[0] ?? name, 'dependsOn'];
      return [{ path, message: `services wait for each other: ${found.join(' → ')}` }];
    }
  }
  return [];
}
