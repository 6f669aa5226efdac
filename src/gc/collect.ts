import { type Clock, systemClock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { RegistryRequest } from '../core/ports/registry.ts';
import type { Reporter } from '../core/reporter.ts';
import { acquireCollection, type CollectionLease } from './collection-lease.ts';
import { type CollectPolicy, type Decision, decide } from './decide.ts';
import { leaseReference } from './lease-objects.ts';
import type { HolderWords } from './lease-watch.ts';
import { readRegistry, refused } from './read-registry.ts';
import { findInUse } from './references.ts';
import type { RegistryStorage } from './registry-storage.ts';
import { bytesOf, type StoredManifest } from './stored-manifest.ts';

export interface CollectOptions {
  readonly cluster: Pick<Cluster, 'get' | 'list' | 'create' | 'patch' | 'delete'>;
  readonly request: RegistryRequest;
  /** What kdev's own repositories begin with. */
  readonly prefix: string;
  /** Absent = only manifests are deleted: the registry is somebody else's. */
  readonly storage?: RegistryStorage | undefined;
  readonly knownRepositories: readonly string[];
  readonly policy: Omit<CollectPolicy, 'now'>;
  /** Only decides. */
  readonly dryRun: boolean;
  readonly words: HolderWords;
  /** How long to wait for builds, ms. @default 5 minutes */
  readonly waitMs?: number;
  /** Where builders and their Leases are. @default 'kdev-builder' */
  readonly namespace?: string;
  /** Makes that namespace; called when it is not there. */
  readonly ensureNamespace: () => Promise<void>;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
  /** @default the system's */
  readonly clock?: Clock;
}

export interface Collected extends Decision {
  readonly manifests: readonly StoredManifest[];
  /** What the registry's files took; what its images do, where only those are known. */
  readonly bytesBefore: number;
  /** What they take now; what they would, with `dryRun`. */
  readonly bytesAfter: number;
}

const defaultWaitMs = 300_000;

/**
 * Deletes what nothing needs from a registry: no build → what lives → what is there → what goes → manifests → blobs.
 *
 * @throws KdevError `collection-busy`, `collection-lost`, `cluster-forbidden` where it may not see all that lives;
 * those of the registry; the signal's reason
 */
export async function collect(options: CollectOptions): Promise<Collected> {
  const {
    clock = systemClock,
    dryRun,
    namespace = 'kdev-builder',
    reporter,
    waitMs = defaultWaitMs,
  } = options;
  if (dryRun) return decideNow({ ...options, clock });
  const onWait = (why: string): void => reporter.step(`waiting: ${why}`);
  const lease = await acquireCollection({ ...options, clock, namespace, waitMs, onWait });
  if (lease === undefined) throw busy();
  let collected = false;
  try {
    const signal = options.signal ? AbortSignal.any([options.signal, lease.lost]) : lease.lost;
    const result = await sweep({ ...options, clock, signal });
    await clearLeases({ ...options, clock, namespace }, lease);
    collected = true;
    return result;
  } finally {
    await lease.release({ collected });
  }
}

type Running = CollectOptions & { readonly clock: Clock };

async function decideNow(options: Running): Promise<Collected> {
  const { clock, cluster, policy, reporter, signal, storage } = options;
  reporter.step('looking what is in use and what the registry has');
  const inUse = await findInUse(cluster);
  signal?.throwIfAborted();
  const pushedAt = await storage?.pushedAt(signal);
  const manifests = await readRegistry({ ...options, pushedAt });
  const decision = decide(manifests, inUse, { ...policy, now: clock.now() });
  const bytesBefore = storage ? await storage.bytes(signal) : bytesOf(manifests);
  const bytesAfter = Math.max(0, bytesBefore - decision.freedBytes);
  return { ...decision, manifests, bytesBefore, bytesAfter };
}

async function sweep(options: Running): Promise<Collected> {
  const { reporter, request, signal, storage } = options;
  const decided = await decideNow(options);
  const deleteManifests = async (): Promise<void> => {
    for (const { digest, repository } of decided.goes) {
      signal?.throwIfAborted();
      const path = `${repository}/manifests/${digest}`;
      const answer = await request('DELETE', path, { signal });
      if (!answer.ok && answer.status !== 404) throw refused(request, path, answer.status);
    }
  };
  if (decided.goes.length > 0) reporter.step(`deleting ${decided.goes.length} manifests`);
  if (storage === undefined) {
    await deleteManifests();
    return decided;
  }
  await storage.collect(deleteManifests, signal);
  return { ...decided, bytesAfter: await storage.bytes(signal) };
}

/** What a build has made is kept for so long at least, whatever the policy, for somebody to name it, ms. */
const untilNamedMs = 3_600_000;

/** Leases of builds that ended so long ago that what they name had the time to be named. */
async function clearLeases(
  { clock, cluster, namespace, policy }: Running & { readonly namespace: string },
  lease: CollectionLease,
): Promise<void> {
  const keptMs = Math.max(policy.olderThanMs, untilNamedMs);
  for (const { name, writtenAt } of lease.builds) {
    if (writtenAt === undefined || clock.now() - writtenAt < keptMs) continue;
    await cluster.delete(leaseReference(namespace, name));
  }
}

function busy(): KdevError {
  return new KdevError({
    code: 'collection-busy',
    fault: 'environment',
    what: 'Builds or another collection did not end in time; nothing was deleted.',
    cure: 'Run kdev gc again when they have.',
  });
}
