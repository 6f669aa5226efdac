import PQueue from 'p-queue';
import type { RelPath } from '../core/change.ts';
import { KdevError } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import { managedLabels } from '../core/managed-labels.ts';
import type { ImageBuilder } from '../core/ports/builder.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import type { Reporter } from '../core/reporter.ts';
import type { Environment, Project, Service, WorkloadReference } from '../core/service.ts';
import { inject } from '../inject/inject.ts';
import { readLearned } from '../inject/learned.ts';
import { ownershipOf } from '../inject/ownership.ts';
import { workloadSecretName } from '../inject/workload-secret.ts';
import { replaceImage } from '../manifests/replace-image.ts';
import { selectWorkload } from '../manifests/select-workload.ts';
import { podSpecOf } from '../manifests/workload.ts';
import type { BaseStore } from './base-store.ts';
import { type ImageRecord, readImageRecords } from './image-record.ts';
import { provideImage } from './provide-image.ts';
import { ensureWorkloadSecret } from './workload-keys.ts';

/** More builds than this at once only take turns in the one builder. */
const buildsAtOnce = 2;

export interface DeploymentOptions {
  readonly project: Project;
  readonly environment: Environment;
  readonly cluster: Cluster;
  readonly builder: ImageBuilder;
  /** Renders the environment's manifests as they are on disk now, marked as kdev's. */
  readonly render: () => Promise<readonly KubernetesObject[]>;
  readonly watcher: Watcher;
  /** kdev's own, as nodes pull them. */
  readonly images: { readonly sidecar: string; readonly restarter: string };
  readonly baseStore: BaseStore;
  /** Container paths that a service's mappings give at this moment. */
  readonly localPaths: (service: Service) => Iterable<string>;
  /** Why images may have to be built anew, if something is known. */
  readonly reason?: string | undefined;
  readonly bus: Bus;
  readonly reporter: Reporter;
}

/** One service as it was deployed. */
export interface DeployedService {
  readonly service: Service;
  /** Container of the workload. */
  readonly container: string;
  /** How many pods the manifest asks for; 1 where it does not say. */
  readonly replicas: number;
  /** What kdev built; absent when the image is somebody else's. */
  readonly image?: ImageRecord;
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

  objects = injectAll(options, objects, deployed, existing);
  reporter.step(`applying ${objects.length} objects to ${environment.namespace}`);
  for (const { workload } of services) {
    const { namespace } = environment;
    await ensureWorkloadSecret({ cluster, namespace, project: project.name, workload });
  }
  for (const object of inApplyOrder(objects)) {
    signal.throwIfAborted();
    await cluster.apply(object, { force: true });
  }
  return deployed;
}

/** Two sessions in one container would take it from each other. */
function refuseSharedContainers(targets: readonly Target[]): void {
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

interface Target {
  readonly service: Service;
  readonly object: KubernetesObject;
  readonly container: string;
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
  const queue = new PQueue({ concurrency: buildsAtOnce });
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const provide = async ({ service, container, object }: Target): Promise<ImageRecord | undefined> => {
    either.throwIfAborted();
    const running = readImageRecords(existing.get(titleOf(object)))[container];
    const localPaths = options.localPaths(service);
    const projectRoot = options.project.root;
    return provideImage({ ...options, projectRoot, service, running, localPaths, signal: either });
  };
  try {
    return await Promise.all(targets.map((target) => queue.add(() => provide(target))));
  } catch (error) {
    failed.abort(error);
    await queue.onIdle();
    throw error;
  }
}

/** Every workload of a service gets what developing needs; the other objects stay as they are. */
function injectAll(
  options: DeploymentOptions,
  objects: readonly KubernetesObject[],
  deployed: readonly DeployedService[],
  existing: Existing,
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
    });
    for (const { code, container, message, cure } of injected.problems) {
      const key = `inject/${titleOf(object)}/${container}/${code}`;
      options.bus.emit({ event: 'problem', key, code, message, ...(cure && { cure }), resolved: false });
    }
    return injected.object;
  });
}

async function ensureNamespace({ cluster, environment, project }: DeploymentOptions): Promise<void> {
  const name = environment.namespace;
  const reference = { apiVersion: 'v1', kind: 'Namespace', name };
  if ((await cluster.get(reference)) !== undefined) return;
  const metadata = { name, labels: managedLabels(project.name) };
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata });
}

/** Container paths of mappings that are one file, which no volume can stand in for. */
function fileTargets(
  watcher: Watcher,
  targets: readonly { readonly service: Service }[],
): ReadonlySet<string> {
  const mappings = targets.flatMap(({ service }) => service.mappings);
  const files = mappings.filter(({ from }) =>
    ['file', 'link'].includes(watcher.get(from as RelPath)?.type ?? ''),
  );
  return new Set(files.map(({ to }) => to));
}

function imageOf(object: KubernetesObject, container: string): string {
  const containers = podSpecOf(object)?.containers ?? [];
  return containers.find(({ name }) => name === container)?.image ?? '';
}

function replicasOf(object: KubernetesObject): number {
  const { replicas } = (object['spec'] ?? {}) as { readonly replicas?: number };
  return replicas ?? 1;
}

function isWorkload(object: KubernetesObject, { kind, name }: WorkloadReference): boolean {
  return object.kind === kind && object.metadata.name === name;
}

function titleOf({ kind, metadata }: KubernetesObject): string {
  return `${kind}/${metadata.name}`;
}

const early = [
  'Namespace',
  'CustomResourceDefinition',
  'ServiceAccount',
  'Secret',
  'ConfigMap',
  'PersistentVolumeClaim',
];

/** What others refer to goes first; the order of the manifests decides otherwise. */
function inApplyOrder(objects: readonly KubernetesObject[]): readonly KubernetesObject[] {
  const rank = ({ kind }: KubernetesObject): number => {
    const place = early.indexOf(kind);
    return place === -1 ? early.length : place;
  };
  return objects.toSorted((a, b) => rank(a) - rank(b));
}
