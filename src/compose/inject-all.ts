import type { Bus } from '../core/event.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import { inject } from '../inject/inject.ts';
import { readLearned } from '../inject/learned.ts';
import { workloadSecretName } from '../inject/workload-secret.ts';
import type { DeployedService } from './deployed-service.ts';
import { fileTargets } from './targets.ts';
import { isWorkload, titleOf } from './workload-objects.ts';

/** Every workload of a service gets what developing needs; the other objects stay as they are. */
export function injectAll(
  options: {
    readonly watcher: Watcher;
    readonly images: { readonly sidecar: string; readonly restarter: string };
    readonly bus: Bus;
    /** Names of Secrets, by title. */
    readonly pullSecrets: ReadonlyMap<string, readonly string[]>;
  },
  objects: readonly KubernetesObject[],
  deployed: readonly DeployedService[],
  /** What the cluster has of them, by title. */
  existing: ReadonlyMap<string, KubernetesObject | undefined>,
): readonly KubernetesObject[] {
  return objects.map((object) => {
    const targets = deployed.filter(({ service }) => isWorkload(object, service.workload));
    const [first] = targets;
    if (first === undefined) return object;
    const built = targets.flatMap(({ container, image }) => (image ? [[container, image] as const] : []));
    const injected = inject({
      object,
      targets,
      images: options.images,
      imageConfigs: Object.fromEntries(built.map(([container, { config }]) => [container, config])),
      learned: readLearned(existing.get(titleOf(object))),
      secretName: workloadSecretName(first.service.workload),
      fileTargets: fileTargets(options.watcher, targets),
      imageRecords: Object.fromEntries(built),
      pullSecrets: options.pullSecrets.get(titleOf(object)) ?? [],
    });
    for (const { code, container, message, cure } of injected.problems) {
      const key = `inject/${titleOf(object)}/${container}/${code}`;
      options.bus.emit({ event: 'problem', key, code, message, ...(cure && { cure }), resolved: false });
    }
    return injected.object;
  });
}
