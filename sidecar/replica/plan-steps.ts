import { sameEntry, type TreeEntry } from '../../src/core/entry.ts';
import type { BatchEntry } from '../../src/wire/messages.ts';
import { orderSteps, type Step } from '../files/step.ts';
import type { ManagedPaths } from './managed-paths.ts';
import type { Version } from './version.ts';

export interface StepPlan {
  /** In the order in which they are to be done. */
  readonly steps: readonly Step[];
  readonly adopted: readonly Extract<BatchEntry, { op: 'adopt' }>[];
}

/**
 * What a batch asks for, with everything implied spelled out: a directory goes with what kdev knows in it, and so
 * does one that a file takes the place of. Entries that a newer change has superseded are left out; of two entries
 * for one path the later counts.
 */
export function planSteps(entries: readonly BatchEntry[], version: Version, managed: ManagedPaths): StepPlan {
  const steps = new Map<string, Step>();
  const adopted = new Map<string, Extract<BatchEntry, { op: 'adopt' }>>();
  for (const entry of entries) {
    if (managed.isSuperseded(entry.path, version)) continue;
    steps.delete(entry.path);
    adopted.delete(entry.path);
    switch (entry.op) {
      case 'adopt':
        adopted.set(entry.path, entry);
        break;
      case 'delete':
        removeBelow(entry.path);
        steps.set(entry.path, { op: 'remove', path: entry.path });
        break;
      case 'file':
      case 'link':
        removeBelow(entry.path);
        steps.set(entry.path, entry);
        break;
      case 'dir':
        steps.set(entry.path, entry);
        break;
      default:
        entry satisfies never;
    }
  }
  return { steps: orderSteps([...steps.values()]), adopted: [...adopted.values()] };

  function removeBelow(path: string): void {
    for (const below of managed.below(path)) {
      if (!steps.has(below) && !managed.isSuperseded(below, version)) {
        steps.set(below, { op: 'remove', path: below });
      }
    }
  }
}

/** Whether a file step asks for what is known to be there. */
export function isInPlace(step: Step, known: TreeEntry): boolean {
  if (step.op !== 'file') return false;
  const { size, exec, digest } = step;
  return sameEntry(known, { type: 'file', size, exec, digest });
}
