import PQueue from 'p-queue';
import type { Service } from '../core/service.ts';
import { startWaves } from '../core/waves.ts';

/** More builds than this at once only take turns in the one builder. */
const buildsAtOnce = 2;

/** Where the builds of a project wait for their turn. */
export interface BuildQueue {
  /** Builds that wait begin in the order of `dependsOn`, and otherwise as they came. Rejects as `build` does. */
  add<T>(service: Pick<Service, 'name'>, build: () => Promise<T>): Promise<T>;
}

/** @param services all of the project */
export function createBuildQueue(services: readonly Service[]): BuildQueue {
  const queue = new PQueue({ concurrency: buildsAtOnce });
  const waves = startWaves(services);
  return {
    add: ({ name }, build) => {
      const wave = waves.findIndex((each) => each.some((service) => service.name === name));
      return queue.add(build, { priority: -wave });
    },
  };
}

/** Names of the services that must be ready before one, through others as well; none of a ring that it is in. */
export function neededBy(name: string, services: readonly Service[]): readonly string[] {
  const byName = new Map(services.map((service) => [service.name, service]));
  const found = new Set<string>();
  const waiting = [...(byName.get(name)?.dependsOn ?? [])];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    waiting.push(...(byName.get(next)?.dependsOn ?? []));
  }
  return found.has(name) ? [] : [...found];
}
