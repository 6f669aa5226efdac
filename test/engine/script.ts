import fc from 'fast-check';
import { anyEdit } from './any-edit.ts';
import { type Edit, makeEdit } from './edits.ts';
import type { Engine } from './engine.ts';
import { cause, type Fault, type FaultKind, heal } from './faults.ts';
import type { Tally } from './tally.ts';

export type Step = { readonly edit: Edit } | { readonly fault: Fault };

/** Edits, and about one fault of the given kinds for so many of them. */
export function anyScript(options: {
  readonly maxSteps: number;
  readonly faults?: readonly FaultKind[];
  readonly editsPerFault?: number;
}): fc.Arbitrary<Step[]> {
  const { maxSteps, faults = [], editsPerFault = 1 } = options;
  const edit = fc.record({ edit: anyEdit() });
  if (faults.length === 0) return fc.array(edit, { maxLength: maxSteps, size: 'max' });
  const fault = fc.record({
    fault: fc.record({
      kind: fc.constantFrom(...faults),
      direction: fc.constantFrom('up' as const, 'down' as const),
      frames: fc.nat({ max: 12 }),
      inside: fc.boolean(),
      bytes: fc.nat({ max: 20_000 }),
      ms: fc.nat({ max: 60 }),
    }),
  });
  const step = fc.oneof({ weight: editsPerFault, arbitrary: edit }, { weight: 1, arbitrary: fault });
  return fc.array(step, { maxLength: maxSteps, size: 'max' });
}

/** With faults, a dead link found by its deadline and the longest wait between two dials, with room to spare. */
const restAfterFaultsMs = 60_000;

/** Does what the script says to an empty tree and waits until all is at rest. @throws with what differs then */
export async function runScript(engine: Engine, script: readonly Step[], tally: Tally): Promise<void> {
  const deadlineMs = script.some((step) => 'fault' in step) ? restAfterFaultsMs : undefined;
  engine.clear();
  try {
    for (const step of script) {
      if ('fault' in step) {
        await cause(step.fault, engine);
        tally.count(step.fault.kind);
      } else if (await makeEdit(step.edit, engine)) {
        tally.count(step.edit.kind);
        // What is written by a name that came and went unseen has no hint by any other name.
        if (step.edit.kind === 'hard link' && deadlineMs === undefined) await engine.rest();
      }
    }
  } finally {
    heal(engine);
  }
  await engine.rest(deadlineMs);
  tally.rests += 1;
}
