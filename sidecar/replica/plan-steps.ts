import { ancestorsOf } from '../../src/core/ancestors.ts';
import { sameEntry, type TreeEntry } from '../../src/core/entry.ts';
import type { BatchEntry } from '../../src/wire/messages.ts';
import { orderSteps, type Step } from '../files/step.ts';
import type { ManagedPaths } from './managed-paths.ts';
import type { Version } from './version.ts';

export interface StepPlan {
  /** In the order in which they are to be done. */
  readonly steps: readonly Step[];
  readonly adopted: readonly Extract<BatchEntry, { op: 'adopt' }>[];
  /** Of these, directories that go with so much in them that one rename is worth trying. */
  readonly whole: readonly string[];
}

/** Fewer paths are removed one by one. */
const wholeFrom = 64;

/**
 * What a batch asks for, with everything implied spelled out: a directory goes with what kdev knows in it, and so
 * does one that a file takes the place of. Entries that a newer change has superseded are left out; of two entries
 * for one path the later counts.
 */
export function planSteps(entries: readonly BatchEntry[], version: Version, managed: ManagedPaths): StepPlan {
  const steps = new Map<string, Step>();
  const adopted = new Map<string, Extract<BatchEntry, { op: 'adopt' }>>();
  const whole = new Set<string>();
  for (const entry of entries) {
    if (managed.isSuperseded(entry.path, version)) continue;
    steps.delete(entry.path);
    adopted.delete(entry.path);
    switch (entry.op) {
      case 'adopt':
        adopted.set(entry.path, entry);
        break;
      case 'delete':
        if (removeBelow(entry.path) >= wholeFrom) whole.add(entry.path);
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
  return {
    steps: orderSteps([...steps.values()]),
    adopted: [...adopted.values()],
    whole: [...whole].filter(isApart),
  };

  /** Nothing that the batch does above it has to wait until it has gone. */
  function isApart(path: string): boolean {
    return ancestorsOf(path).every((above) => (steps.get(above)?.op ?? 'dir') === 'dir');
  }

  function removeBelow(path: string): number {
    const all = managed.below(path);
    for (const below of all) {
      if (!steps.has(below) && !managed.isSuperseded(below, version)) {
        steps.set(below, { op: 'remove', path: below });
      }
    }
    return all.length;
  }
}

/** Whether a file step asks for what is known to be there. */
export function isInPlace(step: Step, known: TreeEntry): boolean {
  if (step.op !== 'file') return false;
  const { size, exec, digest } = step;
  return sameEntry(known, { type: 'file', size, exec, digest });
}
