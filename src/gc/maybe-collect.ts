import { systemClock } from '../core/clock.ts';
import { hasCode } from '../core/error.ts';
import { type Collected, type CollectOptions, collect } from './collect.ts';
import { collectionName } from './collection-lease.ts';
import { leaseReference, readLease } from './lease-objects.ts';

const dayMs = 24 * 3_600_000;

/**
 * Collects when nobody has for a day and nobody builds now; undefined when that is not so. To be called now and then
 * while a session runs, for kdev's own registry and a box's only: `storage` is required.
 *
 * @throws as `collect`, except `collection-busy`
 */
export async function maybeCollect(
  options: Omit<CollectOptions, 'dryRun' | 'waitMs'> & Required<Pick<CollectOptions, 'storage'>>,
): Promise<Collected | undefined> {
  const { clock = systemClock, cluster, namespace = 'kdev-builder' } = options;
  const object = await cluster.get(leaseReference(namespace, collectionName));
  const collectedAt = object && readLease(object).collectedAt;
  if (collectedAt !== undefined && Math.abs(clock.now() - collectedAt) < dayMs) return undefined;
  try {
    return await collect({ ...options, dryRun: false, waitMs: 0 });
  } catch (error) {
    if (hasCode(error, 'collection-busy')) return undefined;
    throw error;
  }
}
