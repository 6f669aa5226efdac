import { KdevError } from '../core/error.ts';
import type { ImageConfig } from '../core/ports/builder.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';
import type { Identity } from './identity.ts';
import { identityOf } from './identity.ts';
import type { Learned } from './learned.ts';
import type { Container, PodSpec } from './pod-template.ts';

/** A service and the container of the workload that it is. */
export interface InjectTarget {
  readonly service: Service;
  readonly container: string;
}

/** One app container with everything that injection has to know about it. */
export interface App {
  readonly container: Container;
  readonly services: readonly Service[];
  readonly image: ImageConfig | undefined;
  readonly identity: Identity;
}

/** The containers that get a restarter, in the pod's order. */
export function appsOf(
  pod: PodSpec,
  targets: readonly InjectTarget[],
  imageConfigs: Readonly<Record<string, ImageConfig | undefined>>,
  learned: Learned,
): readonly App[] {
  return pod.containers.flatMap((container) => {
    const services = targets.filter((target) => target.container === container.name);
    if (services.length === 0) return [];
    const image = imageConfigs[container.name];
    const identity = identityOf({ pod, container, image, learned: learned[container.name] });
    return [{ container, services: services.map(({ service }) => service), image, identity }];
  });
}

/**
 * The one app whose identity the sidecar takes.
 *
 * @throws `identity-conflict` when two apps of the pod are known to run as different users.
 */
export function leadingApp(apps: readonly App[], workload: KubernetesObject): App {
  const [first, ...others] = apps;
  if (first === undefined) {
    throw new KdevError({
      code: 'container-unknown',
      fault: 'kdev',
      what: `None of the containers asked for is in ${workload.kind} ${workload.metadata.name}.`,
    });
  }
  for (const other of others) {
    const [a, b] = [first.identity, other.identity];
    if (a.uid === undefined || b.uid === undefined || (a.uid === b.uid && a.gid === b.gid)) continue;
    throw new KdevError({
      code: 'identity-conflict',
      fault: 'user',
      what: `Containers "${first.container.name}" and "${other.container.name}" of ${workload.kind} ${workload.metadata.name} run as different users.`,
      why: `${a.uid}:${a.gid} and ${b.uid}:${b.gid}; one sidecar can enter the file systems of one user only.`,
      cure: 'Set the same runAsUser and runAsGroup for both in this environment, or develop one of them at a time.',
    });
  }
  return others.reduce((lead, app) => (lead.identity.uid === undefined ? app : lead), first);
}
