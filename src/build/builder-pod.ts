import { hasCode, KdevError, meaning } from '../core/error.ts';
import { isReady } from '../core/is-ready.ts';
import { findNamespace, waitWhileNamespaceGoes } from '../core/kdev-namespace.ts';
import type { Cluster, PodFacts } from '../core/ports/cluster.ts';
import type { Reporter } from '../core/reporter.ts';
import {
  type BuilderSettings,
  builderContainer,
  builderName,
  builderObjects,
  digestSettings,
  settingsLabel,
} from './builder-objects.ts';

/** How long a builder pod may take from its making to its readiness: its image may have to be pulled. */
const readyMs = 180_000;

/**
 * The name of a ready builder pod with those settings; made, or brought up to them, where there is none.
 *
 * @throws KdevError `builder-forbidden` that points at `kdev doctor`; `builder-not-ready` with
 * what Kubernetes says.
 */
export async function ensureBuilderPod(options: {
  readonly cluster: Cluster;
  readonly settings: BuilderSettings;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}): Promise<string> {
  try {
    return await findOrMake(options);
  } catch (error) {
    if (hasCode(error, 'cluster-forbidden')) throw builderForbidden(options.settings.namespace, error);
    throw error;
  }
}

async function findOrMake(options: Parameters<typeof ensureBuilderPod>[0]): Promise<string> {
  const { cluster, reporter, settings, signal } = options;
  const digest = digestSettings(settings);
  const present = await findReadyPod(cluster, settings.namespace, digest);
  if (present !== undefined) return present;
  signal?.throwIfAborted();
  reporter.step(`starting the builder in the namespace ${settings.namespace}`);
  if (!(await waitWhileNamespaceGoes({ cluster, name: settings.namespace, forMs: readyMs, signal })))
    throw builderNotReady(settings.namespace, 'Its namespace has been deleted, and does not go.');
  await applyBuilder(cluster, settings, digest, reporter);
  return waitForPod(cluster, settings, digest, signal);
}

async function findReadyPod(
  cluster: Cluster,
  namespace: string,
  digest: string,
): Promise<string | undefined> {
  const pods = await listPods(cluster, namespace, digest);
  return pods.find(isReady)?.metadata.name;
}

function listPods(cluster: Cluster, namespace: string, digest: string): ReturnType<Cluster['list']> {
  return cluster.list({
    apiVersion: 'v1',
    kind: 'Pod',
    namespace,
    labelSelector: `${settingsLabel}=${digest}`,
  });
}

async function applyBuilder(
  cluster: Cluster,
  settings: BuilderSettings,
  digest: string,
  reporter: Reporter,
): Promise<void> {
  for (const object of builderObjects(settings, digest)) {
    try {
      await cluster.apply(object, { force: true });
    } catch (error) {
      if (!(error instanceof KdevError)) throw error;
      const forbidden = error.code === 'cluster-forbidden';
      // A namespace that an administrator made is all that is needed of it.
      if (forbidden && object.kind === 'Namespace' && (await isThere(cluster, settings.namespace))) continue;
      // A volume that is there keeps its size and class; most storage cannot be told otherwise.
      if (error.code === 'cluster-rejected' && object.kind === 'PersistentVolumeClaim') {
        reporter.detail(`the builder keeps the volume that it has: ${error.why ?? error.what}`);
        continue;
      }
      throw error;
    }
  }
}

/** Whether a namespace exists, as far as somebody can tell who may perhaps not read namespaces. */
async function isThere(cluster: Cluster, namespace: string): Promise<boolean> {
  if (await findNamespace(cluster, namespace)) return true;
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'kube-root-ca.crt', namespace };
  return (await cluster.get(reference).catch(meaning('cluster-forbidden', undefined))) !== undefined;
}

/** Follows the Deployment's pods until the one with the settings is ready. */
function waitForPod(
  cluster: Cluster,
  { namespace, owner }: BuilderSettings,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const done = new AbortController();
    const deadline = AbortSignal.timeout(readyMs);
    let trouble = 'its pod has not appeared';
    const finish = (settle: () => void): void => {
      if (done.signal.aborted) return;
      done.abort();
      settle();
    };
    const onAbort = (): void => finish(() => reject(signal?.reason as Error));
    signal?.addEventListener('abort', onAbort, { once: true, signal: done.signal });
    const onDeadline = (): void => finish(() => reject(builderNotReady(namespace, trouble)));
    deadline.addEventListener('abort', onDeadline, { once: true, signal: done.signal });
    if (signal?.aborted) onAbort();

    const check = async (pods: readonly PodFacts[]): Promise<void> => {
      const own = await listPods(cluster, namespace, digest);
      const ready = own.find(isReady);
      if (ready) finish(() => resolve(ready.metadata.name));
      for (const pod of pods.filter((each) => own.some((other) => other.metadata.name === each.name))) {
        trouble = pod.trouble ?? trouble;
        if (isHopeless(pod)) finish(() => reject(builderNotReady(namespace, trouble)));
      }
    };
    cluster.watchPods({
      namespace,
      workload: { kind: 'Deployment', name: builderName(owner) },
      signal: done.signal,
      onPods: (pods) => {
        check(pods).catch((error: Error) => finish(() => reject(error)));
      },
      onTrouble: (why) => {
        trouble = why;
      },
    });
  });
}

/** Kubernetes tries again for ever, but has said often enough that it does not work. */
function isHopeless(pod: PodFacts): boolean {
  const { reason, restarts } = pod.containers[builderContainer] ?? { reason: undefined, restarts: 0 };
  if (pod.deleting || reason === undefined) return false;
  return hopeless.has(reason) || (reason === 'CrashLoopBackOff' && restarts > 1);
}

const hopeless = new Set(['ImagePullBackOff', 'InvalidImageName', 'CreateContainerConfigError']);

function builderNotReady(namespace: string, why: string): KdevError {
  return new KdevError({
    code: 'builder-not-ready',
    fault: 'environment',
    what: `The builder in the namespace ${namespace} does not get ready.`,
    why,
    cure: `Look at: kubectl --namespace ${namespace} describe pods; kubectl --namespace ${namespace} logs --selector app.kubernetes.io/name=kdev-builder`,
  });
}

function builderForbidden(namespace: string, cause: KdevError): KdevError {
  return new KdevError({
    code: 'builder-forbidden',
    fault: 'environment',
    what: `kdev may not make its builder in the namespace ${namespace}.`,
    why: cause.what,
    cure: 'Run kdev doctor: it prints what an administrator of the cluster is to apply. Or build without it: build.command of the service.',
    cause,
  });
}
