import { randomUUID } from 'node:crypto';
import { type Clock, pause, systemClock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import { isMissing } from '../core/is-missing.ts';
import type { BeginningBuild, BuildLease, BuildLeases } from '../core/ports/build-leases.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import { collectionName } from './collection-lease.ts';
import { inNamespace } from './in-namespace.ts';
import {
  buildLeaseLabel,
  heldBy,
  heldByNobody,
  leaseReference,
  namingImage,
  readLease,
  renewMs,
} from './lease-objects.ts';
import { type HolderWords, LeaseWatch } from './lease-watch.ts';

/** How often a running collection is looked at, ms. */
const lookMs = 200;
/** A collection takes seconds; one that takes longer than this has gone wrong, ms. */
const collectionMs = 600_000;

export interface BuildLeasesOptions {
  readonly cluster: Pick<Cluster, 'get' | 'create' | 'patch' | 'delete'>;
  /** Where builders and their Leases are. @default 'kdev-builder' */
  readonly namespace?: string;
  /** Makes that namespace; called when it is not there. */
  readonly ensureNamespace: () => Promise<void>;
  readonly words: HolderWords;
  /** @default the system's */
  readonly clock?: Clock;
}

/**
 * A build first writes its Lease and then looks for a collection; a collection first writes its own and then looks for
 * builds. So at least one of them sees the other: the build waits, the collection steps back.
 */
export function createBuildLeases(options: BuildLeasesOptions): BuildLeases {
  const { clock = systemClock, cluster, ensureNamespace, namespace = 'kdev-builder', words } = options;

  const write = async (id: string, { repository, tag }: BeginningBuild): Promise<void> => {
    const { apiVersion, kind, ...place } = leaseReference(namespace, id);
    const held = heldBy({ id, holder: words.mine, now: clock.now() });
    const annotations = { ...held.metadata.annotations, ...namingImage(`${repository}:${tag}`) };
    const metadata = { ...place, annotations, labels: { [buildLeaseLabel]: 'build' } };
    const create = (): Promise<unknown> => cluster.create({ apiVersion, kind, metadata, spec: held.spec });
    await inNamespace(create, ensureNamespace);
  };

  const waitForCollection = async ({ onWait, signal }: BeginningBuild): Promise<void> => {
    const watch = new LeaseWatch(clock, words);
    const deadline = clock.monotonic() + collectionMs;
    for (let told = false; ; told = true) {
      signal?.throwIfAborted();
      const object = await cluster.get(leaseReference(namespace, collectionName));
      const collection = object && readLease(object);
      if (collection === undefined || !watch.lives(collection)) return;
      const who = words.describe(collection.holder);
      if (clock.monotonic() > deadline) throw stuck(who);
      if (!told) onWait?.(`${who} collects the registry’s garbage`);
      await pause(clock, lookMs, signal);
    }
  };

  return {
    async begin(build) {
      const id = `kdev-build-${randomUUID().slice(0, 13)}`;
      const reference = leaseReference(namespace, id);
      let renewal = (): void => undefined;
      let over = false;
      const renewLater = (): void => {
        renewal = clock.after(renewMs, () => {
          const held = heldBy({ id, holder: words.mine, now: clock.now() });
          // What cannot be reached now may be by the next time; `built` tells when that was too late.
          const renewed = cluster.patch(reference, held).catch(() => undefined);
          void renewed.finally(() => {
            if (!over) renewLater();
          });
        });
      };
      const stop = (): void => {
        over = true;
        renewal();
      };
      const release = async (): Promise<void> => {
        stop();
        await cluster.delete(reference).catch(() => undefined);
      };
      const lease: BuildLease = {
        async built(digest) {
          stop();
          const image = `${build.repository}@${digest}`;
          const nobody = heldByNobody(clock.now());
          const patch = { ...nobody, metadata: { annotations: namingImage(image) } };
          await cluster.patch(reference, patch).catch((error: unknown) => {
            throw isMissing(error) ? lost(image) : error;
          });
        },
        release,
      };
      await write(id, build);
      renewLater();
      try {
        await waitForCollection(build);
        return lease;
      } catch (error) {
        await release();
        throw error;
      }
    },
  };
}

function stuck(who: string): KdevError {
  return new KdevError({
    code: 'collection-stuck',
    fault: 'environment',
    what: `${who} has been collecting the registry’s garbage for ${collectionMs / 60_000} minutes.`,
    why: 'No build may run meanwhile.',
    cure: 'End that kdev; builds go on 30 s later.',
  });
}

function lost(image: string): KdevError {
  return new KdevError({
    code: 'build-lease-lost',
    fault: 'environment',
    what: `The registry’s garbage may have been collected while ${image} was built.`,
    why: 'This machine could not say for 30 s that the build still runs, so it was taken for dead.',
    cure: 'Build again.',
  });
}
