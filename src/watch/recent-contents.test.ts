import { expect, test } from 'vitest';
import { systemClock } from '../core/clock.ts';
import type { Stamp } from '../tree/stamp.ts';
import { RecentContents } from './recent-contents.ts';

const stampOf = (ino: number): Stamp => ({ size: 1, mtimeNs: 1n, ctimeNs: 1n, ino: BigInt(ino) });
const piece = Buffer.alloc(200 * 1024);

/** A clock whose timers go off when the test says so. */
function timers() {
  const waiting: (() => void)[] = [];
  const clock = {
    ...systemClock,
    after: (_ms: number, run: () => void) => {
      waiting.push(run);
      return () => undefined;
    },
  };
  return { clock, ring: () => waiting.shift()?.() };
}

test('content is found by the very stamp that it was read under, as often as it is wanted', () => {
  const contents = new RecentContents(timers().clock);
  const stamp = stampOf(1);
  contents.keep(stamp, Buffer.from('a'));
  expect(contents.find(stamp)?.toString()).toBe('a');
  expect(contents.find(stamp)?.toString()).toBe('a');
  expect(contents.find(stampOf(1))).toBeUndefined();
});

test('what nobody took yet stays; what was taken makes room', () => {
  const contents = new RecentContents(timers().clock);
  const stamps = Array.from({ length: 130 }, (_, index) => stampOf(index));
  const kept = (): number[] =>
    stamps.flatMap((stamp, index) => (contents.find(stamp) === undefined ? [] : [index]));
  for (const stamp of stamps) contents.keep(stamp, piece);
  // 24 MiB hold 122 of them.
  expect(kept()).toEqual(Array.from({ length: 122 }, (_, index) => index));
  for (const stamp of stamps.slice(122)) contents.keep(stamp, piece);
  expect(kept()).toHaveLength(122);
  expect(kept().slice(-8)).toEqual([122, 123, 124, 125, 126, 127, 128, 129]);
});

test('large files are not kept', () => {
  const contents = new RecentContents(timers().clock);
  const stamp = stampOf(1);
  contents.keep(stamp, Buffer.alloc(300 * 1024));
  expect(contents.find(stamp)).toBeUndefined();
});

test('everything is forgotten once nothing new came for a while', () => {
  const { clock, ring } = timers();
  const contents = new RecentContents(clock);
  const [first, second] = [stampOf(1), stampOf(2)];
  contents.keep(first, piece);
  ring();
  contents.keep(second, piece);
  ring();
  expect(contents.find(first)).toBeDefined();
  ring();
  expect([contents.find(first), contents.find(second)]).toEqual([undefined, undefined]);
});
