import { pause, systemClock } from '../core/clock.ts';
import { hasCode, KdevError } from '../core/error.ts';
import { managedLabels } from '../core/managed-labels.ts';
import type { Cluster, KubernetesObject, ObjectReference } from '../core/ports/cluster.ts';
import type { Reporter } from '../core/reporter.ts';

export interface TakeDownOptions {
  readonly cluster: Cluster;
  readonly project: string;
  readonly namespace: string;
  /** Kinds of the rendered manifests, on top of those that are always looked for. */
  readonly kinds: readonly { readonly apiVersion: string; readonly kind: string }[];
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

export interface TakenDown {
  /** `Kind/name`, in the order of the alphabet; empty when there was nothing of kdev's. */
  readonly removed: readonly string[];
  /** Why the namespace stays; absent when it went or was never there. */
  readonly namespaceStays?: string;
}

/** What may hold something of a project's even when its manifests say otherwise by now. */
const usualKinds = [
  ...['Deployment', 'StatefulSet', 'DaemonSet'].map((kind) => ({ apiVersion: 'apps/v1', kind })),
  ...['Job', 'CronJob'].map((kind) => ({ apiVersion: 'batch/v1', kind })),
  ...['Pod', 'Service', 'ConfigMap', 'Secret', 'ServiceAccount', 'PersistentVolumeClaim'].map((kind) => ({
    apiVersion: 'v1',
    kind,
  })),
  { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' },
];

const pollMs = 200;
/** A pod that ignores TERM takes its grace period, 30 s unless it says otherwise. */
const goneWithinMs = 120_000;

/**
 * Removes what kdev made for a project in one namespace, found by its labels, and waits until it is gone; the
 * namespace too, where kdev made it and nothing of somebody else's is in it. Done twice it does no harm.
 *
 * @throws KdevError `not-gone` and those of the cluster; the signal's reason.
 */
export async function takeDown(options: TakeDownOptions): Promise<TakenDown> {
  const { cluster, project, namespace, reporter, signal } = options;
  reporter.step(`looking for what kdev made in ${namespace}`);
  const found = await findManaged(options);
  const references = found.map(referenceOf);
  if (references.length > 0) reporter.step(`removing ${references.length} objects from ${namespace}`);
  for (const reference of references) {
    signal.throwIfAborted();
    await cluster.delete(reference);
  }
  const removed = references.map(({ kind, name }) => `${kind}/${name}`);

  const home = { apiVersion: 'v1', kind: 'Namespace', name: namespace };
  const isOurs = carries(await cluster.get(home), managedLabels(project));
  const foreign = isOurs ? await findForeign(options, references) : [];
  if (isOurs && foreign.length === 0) {
    await cluster.delete(home);
    await waitUntilGone(options, [home]);
    return { removed: [...removed, `Namespace/${namespace}`].sort() };
  }
  await waitUntilGone(options, references);
  const [first, ...others] = foreign;
  const more = others.length > 0 ? ` and ${others.length} more` : '';
  return {
    removed: removed.sort(),
    ...(first !== undefined && { namespaceStays: `${first}${more} in it is not kdev's` }),
  };
}

async function findManaged(options: TakeDownOptions): Promise<readonly KubernetesObject[]> {
  const { cluster, project, namespace, kinds } = options;
  const labelSelector = Object.entries(managedLabels(project))
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
  const wanted = new Map([...usualKinds, ...kinds].map((each) => [`${each.apiVersion} ${each.kind}`, each]));
  const needed = new Set(kinds.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`));
  const lists = await Promise.all(
    [...wanted].map(async ([title, { apiVersion, kind }]) => {
      try {
        return await cluster.list({ apiVersion, kind, namespace, labelSelector });
      } catch (error) {
        // Who may not see a kind that the manifests do not have has made none of it.
        if (hasCode(error, 'cluster-forbidden') && !needed.has(title)) return [];
        throw error;
      }
    }),
  );
  return lists.flat().filter((object) => object.kind !== 'Namespace' && !isOwned(object));
}

/** What makes a namespace worth keeping: anything but kdev's, what belongs to it, and what every namespace has. */
async function findForeign(
  { cluster, namespace }: TakeDownOptions,
  ours: readonly ObjectReference[],
): Promise<readonly string[]> {
  const titles = new Set(ours.map(({ kind, name }) => `${kind}/${name}`));
  const born = new Set(['ServiceAccount/default', 'ConfigMap/kube-root-ca.crt']);
  const lists = await Promise.all(usualKinds.map((each) => cluster.list({ ...each, namespace })));
  return lists
    .flat()
    .filter((object) => !isOwned(object))
    .map(({ kind, metadata }) => `${kind}/${metadata.name}`)
    .filter((title) => !titles.has(title) && !born.has(title));
}

async function waitUntilGone(
  { cluster, signal, reporter }: TakeDownOptions,
  references: readonly ObjectReference[],
): Promise<void> {
  if (references.length === 0) return;
  reporter.step('waiting until everything has ended');
  const deadline = performance.now() + goneWithinMs;
  let left = references;
  while (left.length > 0) {
    signal.throwIfAborted();
    const present = await Promise.all(left.map((reference) => cluster.get(reference)));
    left = left.filter((_, index) => present[index] !== undefined);
    if (left.length > 0 && performance.now() > deadline) throw notGone(left);
    if (left.length > 0) await pause(systemClock, pollMs, signal);
  }
}

function referenceOf({ apiVersion, kind, metadata }: KubernetesObject): ObjectReference {
  const { name, namespace } = metadata;
  return { apiVersion, kind, name, ...(namespace !== undefined && { namespace }) };
}

function isOwned({ metadata }: KubernetesObject): boolean {
  const owners = metadata['ownerReferences'];
  return Array.isArray(owners) && owners.length > 0;
}

function carries(object: KubernetesObject | undefined, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([name, value]) => object?.metadata.labels?.[name] === value);
}

function notGone(left: readonly ObjectReference[]): KdevError {
  const [first] = left;
  return new KdevError({
    code: 'not-gone',
    fault: 'environment',
    what: `${left.map(({ kind, name }) => `${kind}/${name}`).join(', ')} did not go within ${goneWithinMs / 1000} s.`,
    why: 'Something holds it: a finalizer, or a node that does not answer.',
    cure: `See kubectl describe ${first?.kind.toLowerCase()} ${first?.name}, then run kdev down again.`,
  });
}
