import type { Model } from './model.ts';

/** Whether something is under way whose seconds are shown. */
export function isBusy({ ready, facts, tests }: Model): boolean {
  return (
    !ready ||
    tests.some(({ state }) => state === 'started') ||
    Object.values(facts).some(
      ({ build, rollout }) => build?.state === 'started' || rollout?.state === 'started',
    )
  );
}
