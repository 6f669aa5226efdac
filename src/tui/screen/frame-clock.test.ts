import { expect, it } from 'vitest';
import { createFrameClock } from './frame-clock.ts';

/** A clock that a test moves on. */
function playedClock() {
  let now = 0;
  let timers: { at: number; run: () => void }[] = [];
  return {
    monotonic: () => now,
    after: (ms: number, run: () => void) => {
      const timer = { at: now + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((each) => each !== timer);
      };
    },
    moveTo: (to: number) => {
      for (;;) {
        const due = timers.filter(({ at }) => at <= to).sort((a, b) => a.at - b.at)[0];
        if (!due) break;
        timers = timers.filter((each) => each !== due);
        now = due.at;
        due.run();
      }
      now = to;
    },
  };
}

it('draws the first request at once, and then no more than one frame in each span', () => {
  const clock = playedClock();
  const frames: number[] = [];
  const clocked = createFrameClock({ clock, minMs: 100, onFrame: () => frames.push(clock.monotonic()) });
  for (let at = 0; at <= 1_000; at += 1) {
    clock.moveTo(at);
    clocked.request();
  }
  expect(frames).toEqual([0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1_000].slice(0, frames.length));
  expect(frames.length).toBeGreaterThanOrEqual(10);
});

it('draws what was asked for within a span after it, and nothing when nothing was', () => {
  const clock = playedClock();
  const frames: number[] = [];
  const clocked = createFrameClock({ clock, minMs: 100, onFrame: () => frames.push(clock.monotonic()) });
  clocked.request();
  clock.moveTo(10);
  clocked.request();
  clock.moveTo(5_000);
  expect(frames).toEqual([0, 100]);
});

it('draws nothing once it is stopped', () => {
  const clock = playedClock();
  const frames: number[] = [];
  const clocked = createFrameClock({ clock, minMs: 100, onFrame: () => frames.push(clock.monotonic()) });
  clocked.request();
  clocked.stop();
  clocked.request();
  clock.moveTo(1_000);
  expect(frames).toEqual([]);
});
