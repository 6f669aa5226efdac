import { meaning } from '../core/error.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { RegistryProvider } from '../core/ports/registry.ts';
import { podSpecOf } from '../manifests/workload.ts';
import type { DeployedService } from './deployed-service.ts';
import { isWorkload, titleOf } from './workload-objects.ts';

interface Named {
  readonly name?: string;
}

/**
 * Which pull secrets each workload's pods need for the images that kdev built, by the workload's title; put into the
 * namespace where kdev makes them. Pods that name one themselves no longer get those of their service account, so
 * these come along.
 */
export async function providePullSecrets(options: {
  readonly cluster: Pick<Cluster, 'get'>;
  readonly namespace: string;
  readonly registry: Pick<RegistryProvider, 'providePullSecret'>;
  /** Rendered, before injection. */
  readonly objects: readonly KubernetesObject[];
  readonly deployed: readonly DeployedService[];
  readonly signal: AbortSignal;
}): Promise<ReadonlyMap<string, readonly string[]>> {
  const { cluster, deployed, namespace, objects, registry, signal } = options;
  const found = new Map<string, readonly string[]>();
  for (const object of objects) {
    const images = deployed
      .filter(({ service }) => isWorkload(object, service.workload))
      .flatMap(({ image }) => image?.reference ?? []);
    const needed = await Promise.all(images.map((image) => registry.providePullSecret(image, signal)));
    const names = needed.filter((name) => name !== undefined);
    if (names.length === 0) continue;
    const inherited = hasPullSecrets(object)
      ? []
      : await ofServiceAccount(cluster, namespace, objects, object);
    found.set(titleOf(object), [...new Set([...inherited, ...names])]);
  }
  return found;
}

function hasPullSecrets(object: KubernetesObject): boolean {
  const secrets = (podSpecOf(object) as { readonly imagePullSecrets?: readonly Named[] | null } | undefined)
    ?.imagePullSecrets;
  return (secrets?.length ?? 0) > 0;
}

async function ofServiceAccount(
  cluster: Pick<Cluster, 'get'>,
  namespace: string,
  objects: readonly KubernetesObject[],
  object: KubernetesObject,
): Promise<readonly string[]> {
  const spec = podSpecOf(object) as { readonly serviceAccountName?: string | null } | undefined;
  const name = spec?.serviceAccountName ?? 'default';
  const account =
    objects.find((each) => each.kind === 'ServiceAccount' && each.metadata.name === name) ??
    // Who may not read it cannot know; the pods then have kdev's alone.
    (await cluster
      .get({ apiVersion: 'v1', kind: 'ServiceAccount', name, namespace })
      .catch(meaning('cluster-forbidden', undefined)));
  const secrets = (account?.['imagePullSecrets'] as readonly Named[] | undefined) ?? [];
  return secrets.flatMap((secret) => secret.name ?? []);
}
