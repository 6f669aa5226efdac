import { expect, it } from 'vitest';
import type { Clock } from '../core/clock.ts';
import { keepScrubbing } from './scrub.ts';

/** Time that goes on when a test says so. */
function fakeClock() {
  let now = 0;
  let timer: { readonly at: number; readonly run: () => void } | undefined;
  const clock: Clock = {
    now: () => now,
    monotonic: () => now,
    after: (ms, run) => {
      timer = { at: now + ms, run };
      return () => {
        timer = undefined;
      };
    },
  };
  const ring = async (): Promise<number> => {
    const due = timer;
    if (due === undefined) throw new Error('nothing is to come');
    now = due.at;
    due.run();
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    return now;
  };
  return { clock, ring, pass: (ms: number) => (now += ms) };
}

it('A26: a small container is looked at every half minute, a large one so seldom that it takes a quarter of a percent', async () => {
  const { clock, ring, pass } = fakeClock();
  let takesMs = 50;
  const drifted: string[] = [];
  keepScrubbing({
    clock,
    isQuiet: () => true,
    digest: () => 'told',
    verify: async () => {
      pass(takesMs);
      return 'found';
    },
    onDigest: (_before, after) => drifted.push(after),
  });
  expect(await ring()).toBe(30_050);
  takesMs = 1_400;
  const start = (await ring()) - takesMs;
  expect(start).toBe(60_050);
  expect((await ring()) - takesMs - (start + takesMs)).toBe(400 * takesMs);
  expect(drifted).toEqual(['found', 'found', 'found']);
});

it('what is on its way is waited for, and after the end nothing is looked at', async () => {
  const { clock, ring } = fakeClock();
  let quiet = false;
  let verified = 0;
  const stop = keepScrubbing({
    ...{ clock, isQuiet: () => quiet, digest: () => 'd', onDigest: () => undefined },
    verify: async () => {
      verified += 1;
      return 'd';
    },
  });
  await ring();
  expect(verified).toBe(0);
  quiet = true;
  await ring();
  expect(verified).toBe(1);
  stop();
  await expect(ring()).rejects.toThrow('nothing is to come');
});
