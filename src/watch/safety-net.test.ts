import { describe, expect, it } from 'vitest';
import { SafetyNet } from './safety-net.ts';

function setUp() {
  const time = { wall: 1_000_000, monotonic: 0 };
  let timer: (() => void) | undefined;
  let compared = 0;
  const clock = {
    now: () => time.wall,
    monotonic: () => time.monotonic,
    after: (_ms: number, run: () => void) => {
      timer = run;
      return () => {
        timer = undefined;
      };
    },
  };
  const net = new SafetyNet(clock, () => {
    compared++;
    net.noteCompared(40);
  });
  net.start();
  const tick = (monotonic = 5000, wall = monotonic) => {
    time.monotonic += monotonic;
    time.wall += wall;
    timer?.();
  };
  return { net, tick, compared: () => compared, hasTimer: () => timer !== undefined };
}

describe('the safety net', () => {
  it('compares everything every 30 s while nothing happens', () => {
    const { tick, compared } = setUp();
    for (let ticks = 0; ticks < 5; ticks++) tick();
    expect(compared()).toBe(0);
    tick();
    expect(compared()).toBe(1);
    for (let ticks = 0; ticks < 6; ticks++) tick();
    expect(compared()).toBe(2);
  });

  it('waits while a person works', () => {
    const { net, tick, compared } = setUp();
    for (let ticks = 0; ticks < 20; ticks++) {
      net.noteHint();
      tick(4999);
    }
    expect(compared()).toBe(0);
  });

  it('compares less often when a comparison takes long', () => {
    const { net, tick, compared } = setUp();
    net.noteCompared(400);
    for (let ticks = 0; ticks < 19; ticks++) tick();
    expect(compared()).toBe(0);
    tick();
    expect(compared()).toBe(1);
  });

  it.each([
    ['slept, which the monotonic clock does not count', 5000, 60_000],
    ['stood still', 20_000, 20_000],
  ])('A47 compares at once after the machine %s', (_what, monotonic, wall) => {
    const { tick, compared } = setUp();
    tick(monotonic, wall);
    expect(compared()).toBe(1);
  });

  it('A46 does nothing because of a wall clock that is set back', () => {
    const { tick, compared } = setUp();
    tick(5000, -3_600_000);
    expect(compared()).toBe(0);
  });

  it('leaves no timer after a stop', () => {
    const { net, tick, hasTimer } = setUp();
    tick();
    net.stop();
    expect(hasTimer()).toBe(false);
  });
});
