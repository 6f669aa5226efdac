import { expectAnswers } from './expect-answers.ts';
import { expectHeld } from './expect-held.ts';
import { expectRollout } from './expect-rollout.ts';
import { expectTests } from './expect-tests.ts';
import type { TourScene } from './tour-scene.ts';
import type { TourStep } from './tour-step.ts';

/** Makes the step's edit and returns when everything it promises was seen; throws at the first thing that is wrong. */
export async function runStep(scene: TourScene, step: TourStep): Promise<void> {
  scene.files.mark();
  await meetExpectation(scene, step);
  if (step.tests) await expectTests(scene, step.tests);
}

async function meetExpectation(scene: TourScene, step: TourStep): Promise<void> {
  switch (step.expect.kind) {
    case 'answers':
      return expectAnswers(scene, step, step.expect);
    case 'held':
      return expectHeld(scene, step);
    case 'rolled-out':
      return expectRollout(scene, step, step.expect);
    default:
      return step.expect satisfies never;
  }
}
