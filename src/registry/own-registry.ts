import { randomBytes } from 'node:crypto';
import { pause, systemClock } from '../core/clock.ts';
import { hasDefaultStorage } from '../core/default-storage.ts';
import { hasCode, KdevError, meaning } from '../core/error.ts';
import { isReady } from '../core/is-ready.ts';
import { findNamespace, kdevNamespace, waitWhileNamespaceGoes } from '../core/kdev-namespace.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { Registry } from '../core/ports/registry.ts';
import type { Reporter } from '../core/reporter.ts';
import {
  digestOwnSettings,
  type OwnSettings,
  ownClaim,
  ownDeployment,
  ownName,
  ownPort,
  ownSecret,
  ownService,
  ownSettingsLabel,
  ownUsers,
} from './own-objects.ts';
import { whyNotReady } from './why-not-ready.ts';

/** How long its pod may take from its making to its readiness: its image may have to be pulled. */
const readyMs = 180_000;
const pollMs = 250;
/** Some things put themselves right, ms. */
const troubleMs = 20_000;

export interface OwnFacts {
  readonly registry: Registry;
  readonly passwords: Readonly<Record<'push' | 'pull', string>>;
  /** Its images outlive its pod. */
  readonly lasting: boolean;
  /** Of its Service: another one is another registry. */
  readonly uid: string;
}

export interface OwnPlace {
  readonly cluster: Cluster;
  /** Of kdev's own programs. */
  readonly namespace: string;
}

export interface EnsureOptions extends OwnPlace {
  /** kdev's registry image. */
  readonly image: string;
  readonly reporter: Reporter;
  /** How long its pod may be in trouble before that counts as final, ms. @default 20 000 */
  readonly troubleMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What kdev's own registry is now, ready or not; undefined where it has not been made. Only reads. */
export async function readOwnRegistry({ cluster, namespace }: OwnPlace): Promise<OwnFacts | undefined> {
  const of = { name: ownName, namespace };
  const [secret, service, deployment] = await Promise.all([
    cluster.get({ apiVersion: 'v1', kind: 'Secret', ...of }),
    cluster.get({ apiVersion: 'v1', kind: 'Service', ...of }),
    cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', ...of }),
  ]);
  return secret && service && deployment ? factsOf(namespace, secret, service, deployment) : undefined;
}

function factsOf(
  namespace: string,
  secret: KubernetesObject,
  service: KubernetesObject,
  deployment: KubernetesObject,
): OwnFacts | undefined {
  const data = secret['data'] as Readonly<Record<string, string>> | undefined;
  const read = (key: string): string => Buffer.from(data?.[key] ?? '', 'base64').toString();
  const { ports = [] } = service['spec'] as { readonly ports?: readonly { readonly nodePort?: number }[] };
  const nodePort = ports[0]?.nodePort;
  if (nodePort === undefined) return undefined;
  return {
    registry: {
      fromPods: `${ownName}.${namespace}.svc.cluster.local:${ownPort}`,
      // Container runtimes speak plain http to this name without being told.
      fromNodes: `localhost:${nodePort}`,
      fromHere: `${ownName}.${namespace}`,
      plainHttp: true,
    },
    passwords: { push: read(ownUsers.push), pull: read(ownUsers.pull) },
    lasting: storageOf(deployment) === 'claim',
    uid: String(service.metadata['uid']),
  };
}

const unlessThere = meaning('cluster-conflict', undefined);

/**
 * Brings kdev's own registry to what this kdev wants of it and waits until it is ready; nothing is written where it
 * is so already. What it stores its images on is decided once.
 *
 * @throws KdevError `registry-forbidden`, `registry-not-ready`; the signal's reason.
 */
export async function ensureOwnRegistry(options: EnsureOptions): Promise<OwnFacts> {
  try {
    return await ensure(options);
  } catch (error) {
    if (!hasCode(error, 'cluster-forbidden')) throw error;
    throw new KdevError({
      code: 'registry-forbidden',
      fault: 'environment',
      what: `There is no registry, and kdev may not make its own in the namespace ${options.namespace}.`,
      why: error.what,
      cure: 'Configure a registry in dev.config.ts, or ask an administrator of the cluster to apply what kdev doctor prints.',
      cause: error,
    });
  }
}

async function ensure(options: EnsureOptions): Promise<OwnFacts> {
  const { cluster, image, namespace, reporter, signal } = options;
  const of = { name: ownName, namespace };
  const [facts, deployment, claim] = await Promise.all([
    readOwnRegistry(options),
    cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', ...of }),
    cluster
      .get({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', ...of })
      .catch(meaning('cluster-forbidden', undefined)),
  ]);
  const storage = claim
    ? 'claim'
    : deployment
      ? (storageOf(deployment) ?? 'pod')
      : (await hasDefaultStorage(cluster))
        ? 'claim'
        : 'pod';
  const settings: OwnSettings = { namespace, image, storage };
  const digest = digestOwnSettings(settings);
  if (facts && (await findReadyPod(options, digest))) return facts;
  signal?.throwIfAborted();
  reporter.step(`starting kdev's own registry in the namespace ${namespace}`);
  if (storage === 'pod') {
    reporter.step(
      `the registry's images go with its pod: the cluster has no default storage class, so it has no volume`,
    );
  }
  await apply(options, settings, claim !== undefined);
  await waitUntilReady(options, digest);
  const made = await readOwnRegistry(options);
  if (made) return made;
  throw notReady(namespace, 'Its objects have gone again.');
}

async function apply(
  { cluster, signal }: EnsureOptions,
  settings: OwnSettings,
  isClaimed: boolean,
): Promise<void> {
  const { namespace, storage } = settings;
  await applyNamespace(cluster, namespace, signal);
  const passwords = { push: newPassword(), pull: newPassword() };
  await cluster.create(ownSecret(namespace, passwords)).catch(unlessThere);
  if (storage === 'claim' && !isClaimed) await cluster.create(ownClaim(namespace)).catch(unlessThere);
  await cluster.apply(ownService(namespace), { force: true });
  await cluster.apply(ownDeployment(settings), { force: true });
}

/** An administrator's namespace is all that is needed; one that is being deleted takes nothing new. */
async function applyNamespace(
  cluster: Cluster,
  name: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (!(await waitWhileNamespaceGoes({ cluster, name, forMs: readyMs, signal })))
    throw notReady(name, 'Its namespace has been deleted, and does not go.');
  await cluster.apply(kdevNamespace(name), { force: true }).catch(async (error: unknown) => {
    if (!hasCode(error, 'cluster-forbidden') || !(await findNamespace(cluster, name))) throw error;
  });
}

function storageOf(deployment: KubernetesObject): OwnSettings['storage'] | undefined {
  const spec = deployment['spec'] as {
    readonly template?: {
      readonly spec?: { readonly volumes?: readonly { readonly persistentVolumeClaim?: object }[] };
    };
  };
  const volumes = spec.template?.spec?.volumes;
  return volumes && (volumes.some((volume) => volume.persistentVolumeClaim) ? 'claim' : 'pod');
}

async function findReadyPod({ cluster, namespace }: OwnPlace, digest: string): Promise<boolean> {
  const labelSelector = `${ownSettingsLabel}=${digest}`;
  return (await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector })).some(isReady);
}

async function waitUntilReady(options: EnsureOptions, digest: string): Promise<void> {
  const { cluster, namespace, signal } = options;
  const labelSelector = `${ownSettingsLabel}=${digest}`;
  const start = performance.now();
  let inTroubleSince = Number.POSITIVE_INFINITY;
  for (;;) {
    const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector });
    if (pods.some(isReady)) return;
    const trouble = pods.map(whyNotReady).find((why) => why !== undefined);
    const now = performance.now();
    inTroubleSince = trouble === undefined ? Number.POSITIVE_INFINITY : Math.min(inTroubleSince, now);
    if (now - inTroubleSince > (options.troubleMs ?? troubleMs) || now - start > readyMs) {
      throw notReady(namespace, trouble ?? 'Its pod has not appeared.');
    }
    await pause(systemClock, pollMs, signal);
    signal?.throwIfAborted();
  }
}

function newPassword(): string {
  return randomBytes(32).toString('base64url');
}

function notReady(namespace: string, why: string): KdevError {
  return new KdevError({
    code: 'registry-not-ready',
    fault: 'environment',
    what: `kdev's own registry in the namespace ${namespace} does not get ready.`,
    why,
    cure: `Look at: kubectl --namespace ${namespace} describe pods,pvc; kubectl --namespace ${namespace} logs deployment/${ownName}`,
  });
}
