import { setMaxListeners } from 'node:events';
import type { Bus } from '../core/event.ts';
import { managedLabels } from '../core/managed-labels.ts';
import type { ImageBuilder } from '../core/ports/builder.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { RegistryProvider } from '../core/ports/registry.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import type { Reporter } from '../core/reporter.ts';
import type { Environment, Project, Service } from '../core/service.ts';
import { ownershipOf } from '../inject/ownership.ts';
import { replaceImage } from '../manifests/replace-image.ts';
import { selectWorkload } from '../manifests/select-workload.ts';
import type { RebuildWish } from '../session/rebuild-lane.ts';
import type { BaseStore } from './base-store.ts';
import type { BuildQueue } from './build-queue.ts';
import type { DeployedService } from './deployed-service.ts';
import { type ImageRecord, readImageRecords } from './image-record.ts';
import { injectAll } from './inject-all.ts';
import { type ProvideImageOptions, provideImage } from './provide-image.ts';
import { providePullSecrets } from './pull-secrets.ts';
import { replacePods } from './replace-pods.ts';
import { refuseSharedContainers, type Target } from './targets.ts';
import { ensureWorkloadSecret } from './workload-keys.ts';
import { imageOf, inApplyOrder, isWorkload, replicasOf, titleOf } from './workload-objects.ts';

export interface DeploymentOptions {
  readonly project: Project;
  readonly environment: Environment;
  readonly cluster: Cluster;
  readonly builder: ImageBuilder;
  /** That the builder pushes to. */
  readonly registry: Pick<RegistryProvider, 'providePullSecret'>;
  /** Renders the environment's manifests as they are on disk now, marked as kdev's. */
  readonly render: () => Promise<readonly KubernetesObject[]>;
  readonly watcher: Watcher;
  /** kdev's own, as nodes pull them. */
  readonly images: { readonly sidecar: string; readonly restarter: string };
  readonly baseStore: BaseStore;
  /** Called once the namespace is there and before anything else is written; whoever may not write throws. */
  readonly claim: (signal: AbortSignal) => Promise<void>;
  /** Container paths that a service's mappings give at this moment. */
  readonly localPaths: (service: Service) => Iterable<string>;
  /** What was asked for beyond what the rebuild rules say. */
  readonly wish?: DeploymentWish | undefined;
  /** Where builds take turns; those of a service that others need come first. */
  readonly builds: BuildQueue;
  /** The newest change set of the session. */
  readonly seqNow: () => number;
  readonly onBuild: NonNullable<ProvideImageOptions['onBuild']>;
  /** Told which service an error of building is about, before it is thrown. */
  readonly onBuildFailed: (service: Service, error: unknown) => void;
  /** Awaited between building and writing to the cluster. @default at once */
  readonly beforeApply?: (() => Promise<void>) | undefined;
  readonly bus: Bus;
  readonly reporter: Reporter;
}

/** Somebody's wish, or an edit's. */
export interface DeploymentWish extends RebuildWish {
  /** Names of the services that it is for. */
  readonly services: readonly string[];
}

/**
 * Brings the cluster to what the configuration says: render, build what is missing, inject, apply. What can be
 * checked without the cluster is checked before anything is written; applied twice, equal input changes nothing.
 * Workloads of services that are not asked for are left alone.
 *
 * @throws what rendering, building, injecting and the cluster throw.
 */
export async function deploy(
  options: DeploymentOptions,
  services: readonly Service[],
  signal: AbortSignal,
): Promise<readonly DeployedService[]> {
  const { cluster, environment, project, reporter } = options;
  const wanted = new Set(services.map(({ name }) => name));
  const others = project.services.filter(({ name }) => !wanted.has(name));
  let objects: readonly KubernetesObject[] = (await options.render()).filter(
    (object) => !others.some(({ workload }) => isWorkload(object, workload)),
  );
  const targets = services.map((service) => ({ service, ...selectWorkload({ objects, service }) }));

  refuseSharedContainers(targets);

  await ensureNamespace(options);
  await options.claim(signal);
  const existing = await readExisting(options, targets);
  const images = await provideImages(options, targets, existing, signal);
  const deployed = targets.map(({ service, container, object }, index): DeployedService => {
    const image = images[index];
    return { service, container, replicas: replicasOf(object), ...(image && { image }) };
  });
  for (const [index, { service, container, object }] of targets.entries()) {
    const reference = images[index]?.reference;
    const image = service.build?.replaces ?? imageOf(object, container);
    if (reference !== undefined) objects = replaceImage(objects, { image, reference });
  }

  await options.beforeApply?.();
  signal.throwIfAborted();
  const { namespace } = environment;
  const { registry } = options;
  const pullSecrets = await providePullSecrets({ cluster, namespace, registry, objects, deployed, signal });
  objects = injectAll({ ...options, pullSecrets }, objects, deployed, existing);
  reporter.step(`applying ${objects.length} objects to ${namespace}`);
  for (const { workload } of services) {
    await ensureWorkloadSecret({ cluster, namespace, project: project.name, workload });
  }
  for (const object of inApplyOrder(objects)) {
    signal.throwIfAborted();
    await cluster.apply(object, { force: true });
  }
  if (options.wish?.forced === true) {
    for (const { service, container, image } of deployed) {
      if (!options.wish.services.includes(service.name)) continue;
      const { workload } = service;
      const before = readImageRecords(existing.get(`${workload.kind}/${workload.name}`))[container];
      await replacePods({ cluster, namespace: environment.namespace, workload, before, image });
    }
  }
  return deployed;
}

type Existing = ReadonlyMap<string, KubernetesObject | undefined>;

async function readExisting(
  { cluster, environment, project }: DeploymentOptions,
  targets: readonly { readonly object: KubernetesObject }[],
): Promise<Existing> {
  const found = new Map<string, KubernetesObject | undefined>();
  for (const { object } of targets) {
    const { apiVersion, kind, metadata } = object;
    const existing = await cluster.get({
      apiVersion,
      kind,
      name: metadata.name,
      namespace: environment.namespace,
    });
    ownershipOf({ existing, project: project.name });
    found.set(titleOf(object), existing);
  }
  return found;
}

/** One image for each target, in their order, several at once. The first that fails ends the others. */
async function provideImages(
  options: DeploymentOptions,
  targets: readonly Target[],
  existing: Existing,
  signal: AbortSignal,
): Promise<readonly (ImageRecord | undefined)[]> {
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  setMaxListeners(0, either);
  const provide = async ({ service, container, object }: Target): Promise<ImageRecord | undefined> => {
    either.throwIfAborted();
    const wish = options.wish?.services.includes(service.name) === true ? options.wish : undefined;
    const { reason, asked, forced } = wish ?? {};
    const running = readImageRecords(existing.get(titleOf(object)))[container];
    const localPaths = options.localPaths(service);
    const projectRoot = options.project.root;
    try {
      return await provideImage({
        ...{ ...options, projectRoot, service, running, localPaths, signal: either },
        ...{ reason, asked, force: forced },
      });
    } catch (error) {
      if (!either.aborted) options.onBuildFailed(service, error);
      failed.abort(error);
      throw error;
    }
  };
  const images = targets.map((target) => options.builds.add(target.service, () => provide(target)));
  await Promise.allSettled(images);
  // Of those that failed, the others were ended by the first.
  signal.throwIfAborted();
  failed.signal.throwIfAborted();
  return Promise.all(images);
}

async function ensureNamespace({ cluster, environment, project }: DeploymentOptions): Promise<void> {
  const name = environment.namespace;
  const reference = { apiVersion: 'v1', kind: 'Namespace', name };
  if ((await cluster.get(reference)) !== undefined) return;
  const metadata = { name, labels: managedLabels(project.name) };
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata });
}
