import { describe, expect, it } from 'vitest';
import { Resting, restMs } from './resting.ts';

function setUp() {
  let now = 0;
  const timers = new Map<() => void, number>();
  const clock = {
    now: () => now,
    monotonic: () => now,
    after: (ms: number, run: () => void) => {
      timers.set(run, now + ms);
      return () => timers.delete(run);
    },
  };
  const quiet: string[][] = [];
  const resting = new Resting(clock, (paths) => quiet.push([...paths]));
  const advance = (ms: number) => {
    for (const end = now + ms; ; ) {
      const [next] = [...timers].sort((a, b) => a[1] - b[1]);
      if (next === undefined || next[1] > end) {
        now = end;
        return;
      }
      now = next[1];
      timers.delete(next[0]);
      next[0]();
    }
  };
  return { resting, quiet, advance, timers };
}

describe('a path in motion', () => {
  it('is believed once it was quiet for its time', () => {
    const { resting, quiet, advance } = setUp();
    resting.add('a');
    advance(restMs - 1);
    expect(quiet).toEqual([]);
    advance(1);
    expect(quiet).toEqual([['a']]);
    expect(resting.size).toBe(0);
  });

  it('starts its time again with each new hint, without delaying others', () => {
    const { resting, quiet, advance } = setUp();
    resting.add('a');
    resting.add('b');
    advance(20);
    resting.add('a');
    advance(restMs - 20);
    expect(quiet).toEqual([['b']]);
    advance(20);
    expect(quiet).toEqual([['b'], ['a']]);
  });

  it('is forgotten when it is dropped, and no timer is left after a stop', () => {
    const { resting, quiet, advance, timers } = setUp();
    resting.add('a');
    resting.drop('a');
    advance(100);
    resting.add('b');
    expect(resting.takeAll()).toEqual(['b']);
    advance(100);
    expect(quiet).toEqual([]);
    expect(timers.size).toBe(0);
  });
});
