import { expect, test } from 'vitest';
import { windowBytes } from '../wire/messages.ts';
import { Flow } from './flow.ts';

const kib = 1024;

/** Sends as much as it may over a link of so many bytes per ms, for so long. */
function run(rate: number, ms: number): Flow {
  const flow = new Flow();
  let queued = 0;
  for (let now = 0; now < ms; now++) {
    for (; flow.admits(16 * kib); queued += 16 * kib) flow.take(16 * kib, now);
    const moved = Math.min(queued, rate);
    queued -= moved;
    flow.credit(moved, now + 1);
  }
  return flow;
}

test('what is on its way is about what the link moves in a second', () => {
  expect(run(1_000, 5_000).limit).toBeGreaterThan(800_000);
  expect(run(1_000, 5_000).limit).toBeLessThan(1_200_000);
});

test('a fast link is used up to the window, a very slow one is still kept busy', () => {
  expect(run(50_000, 1_000).limit).toBe(windowBytes);
  expect(run(10, 60_000).limit).toBe(256 * kib);
});

test('a single run of bytes always leaves when nothing else is on its way', () => {
  const flow = new Flow();
  expect(flow.admits(10 * windowBytes)).toBe(true);
  flow.take(200 * kib, 0);
  expect(flow.admits(100 * kib)).toBe(false);
  flow.credit(200 * kib, 10);
  expect(flow.admits(100 * kib)).toBe(true);
});

test('a run leaves behind a few bytes that get no credit before more comes', () => {
  const flow = new Flow();
  flow.take(1, 0);
  expect(flow.admits(256 * kib)).toBe(true);
});

test('only a link that was measured is slow', () => {
  expect(new Flow().slow).toBe(false);
  expect(run(1_000, 1_000).slow).toBe(true);
  expect(run(50_000, 1_000).slow).toBe(false);
});
