import { randomUUID } from 'node:crypto';
import { type Clock, pause } from '../core/clock.ts';
import { hasCode, KdevError } from '../core/error.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import { inNamespace } from './in-namespace.ts';
import {
  buildLeaseLabel,
  heldBy,
  heldByNobody,
  leaseReference,
  readLease,
  renewMs,
  type SeenLease,
} from './lease-objects.ts';
import { type HolderWords, LeaseWatch } from './lease-watch.ts';

export const collectionName = 'kdev-collection';

/** How often builds that run are looked at, ms. */
const lookMs = 1_000;

export interface CollectionLeaseOptions {
  readonly cluster: Pick<Cluster, 'get' | 'list' | 'create' | 'patch' | 'delete'>;
  readonly namespace: string;
  /** Makes it; called when it is not there. */
  readonly ensureNamespace: () => Promise<void>;
  readonly words: HolderWords;
  readonly clock: Clock;
  /** How long to wait for builds and for another collection, ms; 0 = not at all. */
  readonly waitMs: number;
  /** Told once, before it waits. */
  readonly onWait: (why: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** The right to collect a cluster's registry: nobody builds, and nobody else collects. */
export interface CollectionLease {
  /** Aborts when somebody else has taken it: this process could not be heard of for too long. */
  readonly lost: AbortSignal;
  /** Leases of builds that ended, and when. */
  readonly builds: readonly SeenLease[];
  /** Gives it back. Never rejects. */
  release(options: { readonly collected: boolean }): Promise<void>;
}

/**
 * Takes it, once nothing is built any more. Undefined when that is not so within `waitMs`.
 *
 * @throws the cluster's errors; the signal's reason
 */
export async function acquireCollection(
  options: CollectionLeaseOptions,
): Promise<CollectionLease | undefined> {
  const { clock, onWait, signal, waitMs, words } = options;
  const watch = new LeaseWatch(clock, words);
  const deadline = clock.monotonic() + waitMs;
  for (let told = false; ; told = true) {
    signal?.throwIfAborted();
    const taken = await tryAcquire(options, watch);
    if (typeof taken !== 'string') return taken;
    if (clock.monotonic() >= deadline) return undefined;
    if (!told) onWait(taken);
    await pause(clock, lookMs, signal);
  }
}

/** What is in the way, in words, where something is. */
async function tryAcquire(
  options: CollectionLeaseOptions,
  watch: LeaseWatch,
): Promise<CollectionLease | string> {
  const { clock, cluster, namespace, words } = options;
  // Without taking it first: builds that wait for a collection which waits for them would take turns for ever.
  const before = await busyBuild(options, watch);
  if (before !== undefined) return before;
  const reference = leaseReference(namespace, collectionName);
  const id = `kdev-collection-${randomUUID()}`;
  const present = await cluster.get(reference);
  const seen = present && readLease(present);
  if (seen && watch.lives(seen)) return `${words.describe(seen.holder)} collects already`;
  const held = heldBy({ id, holder: words.mine, now: clock.now() });
  const version = await write(options, held, seen);
  if (version === undefined) return 'somebody else begins to collect';
  const meanwhile = await busyBuild(options, watch);
  if (meanwhile !== undefined) {
    await cluster.patch(reference, heldByNobody(clock.now()));
    return meanwhile;
  }
  return hold(options, id);
}

/** The resource version written; undefined when somebody else was faster. */
async function write(
  { cluster, ensureNamespace, namespace }: CollectionLeaseOptions,
  held: ReturnType<typeof heldBy>,
  seen: SeenLease | undefined,
): Promise<string | undefined> {
  const { apiVersion, kind, ...place } = leaseReference(namespace, collectionName);
  const { annotations } = held.metadata;
  const create = (): Promise<KubernetesObject> =>
    cluster.create({ apiVersion, kind, metadata: { ...place, annotations }, spec: held.spec });
  try {
    const written: KubernetesObject =
      seen === undefined
        ? await inNamespace(create, ensureNamespace)
        : await cluster.patch(leaseReference(namespace, collectionName), {
            ...held,
            metadata: { annotations, resourceVersion: seen.resourceVersion },
          });
    return readLease(written).resourceVersion;
  } catch (error) {
    if (hasCode(error, 'cluster-conflict')) return undefined;
    throw error;
  }
}

async function busyBuild(
  { words, ...options }: CollectionLeaseOptions,
  watch: LeaseWatch,
): Promise<string | undefined> {
  const builds = await listBuilds(options);
  const busy = builds.find((build) => watch.lives(build));
  return busy && `${words.describe(busy.holder)} builds ${busy.image}`;
}

async function listBuilds({
  cluster,
  namespace,
}: Pick<CollectionLeaseOptions, 'cluster' | 'namespace'>): Promise<readonly SeenLease[]> {
  const labelSelector = `${buildLeaseLabel}=build`;
  const { apiVersion, kind } = leaseReference(namespace, '');
  return (await cluster.list({ apiVersion, kind, namespace, labelSelector })).map(readLease);
}

async function hold(options: CollectionLeaseOptions, id: string): Promise<CollectionLease> {
  const { clock, cluster, namespace, words } = options;
  const reference = leaseReference(namespace, collectionName);
  const lost = new AbortController();
  let renewal = (): void => undefined;
  let over = false;
  let renewedAt = clock.monotonic();
  const renew = async (): Promise<void> => {
    const object = await cluster.get(reference);
    const spec = object?.['spec'] as { readonly holderIdentity?: unknown } | undefined;
    if (spec?.holderIdentity !== id) lost.abort(takenOver());
    else if (!over) await cluster.patch(reference, heldBy({ id, holder: words.mine, now: clock.now() }));
    renewedAt = clock.monotonic();
  };
  const renewLater = (): void => {
    renewal = clock.after(renewMs, () => {
      void renew()
        .catch((error: unknown) => {
          // By the next time others may take it for dead.
          if (clock.monotonic() - renewedAt >= 2 * renewMs) lost.abort(error);
        })
        .finally(() => {
          if (!over && !lost.signal.aborted) renewLater();
        });
    });
  };
  renewLater();
  return {
    lost: lost.signal,
    builds: (await listBuilds(options)).filter(({ active }) => !active),
    async release({ collected }) {
      over = true;
      renewal();
      if (lost.signal.aborted) return;
      await cluster.patch(reference, heldByNobody(clock.now(), collected)).catch(() => undefined);
    },
  };
}

function takenOver(): KdevError {
  return new KdevError({
    code: 'collection-lost',
    fault: 'environment',
    what: 'Another kdev collects the registry’s garbage now; this one has stopped.',
    why: 'It could not say for 30 s that it still runs.',
  });
}
