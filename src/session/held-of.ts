import type { HeldDeletions } from '../core/service-status.ts';
import type { HeldRoots } from './held-roots.ts';
import type { Lane } from './lane.ts';

/** The deletions of a service that wait for an answer, whoever holds them; undefined where there are none. */
export function heldOf(lane: Lane, roots: HeldRoots): HeldDeletions | undefined {
  const gone = roots.facts(lane);
  const many = lane.guard.facts;
  if (gone === undefined || many === undefined) return gone ?? many;
  return { ...gone, deletions: gone.deletions + many.deletions, asking: gone.asking || many.asking };
}
