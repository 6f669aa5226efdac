import { expect, it } from 'vitest';
import { decideOnNewInput, freshBuildPolicy } from './build-policy.ts';

it('cancels a build for a newer edit of its inputs, but lets one finish after two were cancelled', () => {
  let policy = freshBuildPolicy;
  const decisions = Array.from({ length: 6 }, () => {
    const { cancel, next } = decideOnNewInput(policy);
    policy = next;
    return cancel;
  });
  expect(decisions).toEqual([true, true, false, true, true, false]);
});
