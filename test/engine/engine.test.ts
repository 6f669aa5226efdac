import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { editKinds } from './edits.ts';
import { Engine } from './engine.ts';
import { everyCut } from './every-cut.ts';
import { faultKinds } from './faults.ts';
import { anyScript, runScript, type Step } from './script.ts';
import { Tally } from './tally.ts';

let engine: Engine;
// On a new machine sshd, Node and the restarter are fetched and compiled first.
beforeAll(async () => {
  engine = await Engine.start();
}, 600_000);
afterAll(() => engine.stop());

const budgetMs = 8_000;

/**
 * Runs scripts until that took a while and something of `kinds` happened. A script that began runs to its end: the
 * next one would meet it in the same engine. `npm run soak` does the same for ten thousand edits.
 */
async function runScripts(
  script: fc.Arbitrary<Step[]>,
  kinds: readonly string[],
  numRuns: number,
): Promise<Tally> {
  const tally = new Tally();
  const end = performance.now() + budgetMs;
  // One that failed is made smaller, however long that takes.
  let failing = false;
  const run = async (steps: Step[]): Promise<void> => {
    if (performance.now() > end && tally.sum(kinds) > 0 && !failing) return;
    await runScript(engine, steps, tally).catch((error: unknown) => {
      failing = true;
      throw error;
    });
  };
  await fc.assert(fc.asyncProperty(script, run), { endOnFailure: false, numRuns });
  return tally;
}

it('after any edits the container has what the tree has: types, bytes, exec bits and links', async () => {
  const tally = await runScripts(anyScript({ maxSteps: 50 }), editKinds, 25);
  expect(tally.sum(editKinds)).toBeGreaterThan(0);
}, 300_000);

it('the same when links are cut and every program of the way is killed meanwhile', async () => {
  const script = anyScript({ maxSteps: 40, faults: faultKinds, editsPerFault: 12 });
  const tally = await runScripts(script, faultKinds, 8);
  expect(tally.sum(faultKinds)).toBeGreaterThan(0);
}, 300_000);

it('the same when the container is killed again and again, also while it begins', async () => {
  const script = anyScript({ maxSteps: 60, faults: ['container killed'], editsPerFault: 5 });
  const tally = await runScripts(script, ['container killed'], 8);
  expect(tally.sum(['container killed'])).toBeGreaterThan(0);
}, 300_000);

it('A12: a cut behind or inside a frame, in either direction, loses nothing and leaves nothing half done', async () => {
  const failures: string[] = [];
  const onCut = (cut: string, failure: string | undefined): void => {
    if (failure !== undefined) failures.push(`${cut}: ${failure}`);
  };
  const cuts = await everyCut(engine, { everyNth: 5, onCut });
  expect(failures).toEqual([]);
  expect(cuts).toBeGreaterThan(4);
}, 300_000);
