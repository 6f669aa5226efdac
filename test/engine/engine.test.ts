import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { editKinds } from './edits.ts';
import { Engine } from './engine.ts';
import { everyCut } from './every-cut.ts';
import { faultKinds } from './faults.ts';
import { anyScript, runScript } from './script.ts';
import { Tally } from './tally.ts';

let engine: Engine;
// On a new machine sshd, Node and the restarter are fetched and compiled first.
beforeAll(async () => {
  engine = await Engine.start();
}, 600_000);
afterAll(() => engine.stop());

// `npm run soak` does the same for ten thousand edits.
const runs = { endOnFailure: false, interruptAfterTimeLimit: 8_000 };

it('after any edits the container has what the tree has: types, bytes, exec bits and links', async () => {
  const tally = new Tally();
  const script = anyScript({ maxSteps: 50 });
  await fc.assert(
    fc.asyncProperty(script, (steps) => runScript(engine, steps, tally)),
    { ...runs, numRuns: 25 },
  );
  expect(tally.sum(editKinds)).toBeGreaterThan(0);
}, 300_000);

it('the same when links are cut and every program of the way is killed meanwhile', async () => {
  const tally = new Tally();
  const script = anyScript({ maxSteps: 40, faults: faultKinds, editsPerFault: 12 });
  await fc.assert(
    fc.asyncProperty(script, (steps) => runScript(engine, steps, tally)),
    { ...runs, numRuns: 8 },
  );
  expect(tally.sum(faultKinds)).toBeGreaterThan(0);
}, 300_000);

it('the same when the container is killed again and again, also while it begins', async () => {
  const tally = new Tally();
  const script = anyScript({ maxSteps: 60, faults: ['container killed'], editsPerFault: 5 });
  await fc.assert(
    fc.asyncProperty(script, (steps) => runScript(engine, steps, tally)),
    { ...runs, numRuns: 8 },
  );
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
