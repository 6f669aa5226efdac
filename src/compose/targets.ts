import type { RelPath } from '../core/change.ts';
import { KdevError } from '../core/error.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import type { Service } from '../core/service.ts';
import { titleOf } from './workload-objects.ts';

/** A service and what of the manifests it is. */
export interface Target {
  readonly service: Service;
  readonly object: KubernetesObject;
  readonly container: string;
}

/** Two sessions in one container would take it from each other. @throws `container-shared` */
export function refuseSharedContainers(targets: readonly Target[]): void {
  for (const [index, { service, object, container }] of targets.entries()) {
    const twin = targets
      .slice(0, index)
      .find((other) => other.object === object && other.container === container);
    if (twin === undefined) continue;
    throw new KdevError({
      code: 'container-shared',
      fault: 'user',
      what: `Services "${twin.service.name}" and "${service.name}" are both the container "${container}" of ${titleOf(object)}.`,
      why: 'A container belongs to one service, which may have any number of mappings.',
      cure: 'Make one service of the two, or set "container" of one of them.',
    });
  }
}

/** Container paths of mappings that are one file, which no volume can stand in for. */
export function fileTargets(
  watcher: Pick<Watcher, 'get'>,
  targets: readonly { readonly service: Pick<Service, 'mappings'> }[],
): ReadonlySet<string> {
  const mappings = targets.flatMap(({ service }) => service.mappings);
  const files = mappings.filter(({ from }) =>
    ['file', 'link'].includes(watcher.get(from as RelPath)?.type ?? ''),
  );
  return new Set(files.map(({ to }) => to));
}
