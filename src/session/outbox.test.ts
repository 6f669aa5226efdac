import { expect, test } from 'vitest';
import { Outbox } from './outbox.ts';

const view = {
  get: (path: string) => ({
    source: path as never,
    entry: {
      type: 'file',
      size: path.includes('big') ? 1_000_000 : 10,
      exec: false,
      digest: '',
      mode: 0,
    } as const,
  }),
};
const many = (count: number): string[] => Array.from({ length: count }, (_, index) => `/app/many/${index}`);

test('a large change set does not hold a small one up, and neither counts before it has arrived', () => {
  const outbox = new Outbox(view);
  outbox.add(many(2_000), 1);
  outbox.add(['/app/saved'], 2);
  const large = outbox.takeLarge();
  const small = outbox.takeSmall();
  expect([large, small].map((parcel) => [parcel?.paths.size, parcel?.from, parcel?.to])).toEqual([
    [2_000, 1, 1],
    [1, 2, 2],
  ]);
  expect(outbox.arrived).toBe(0);
  if (small) outbox.done(small);
  expect(outbox.arrived).toBe(0);
  if (large) outbox.done(large);
  expect([outbox.arrived, outbox.isEmpty]).toEqual([2, true]);
});

test('one large file is a large change set', () => {
  const outbox = new Outbox(view);
  outbox.add(['/app/big'], 1);
  expect(outbox.takeSmall()).toBeUndefined();
  expect(outbox.takeLarge()?.paths.size).toBe(1);
});

test('saves of a path that wait become one', () => {
  const outbox = new Outbox(view);
  for (const seq of [1, 2, 3]) outbox.add(['/app/saved'], seq);
  expect(outbox.takeSmall()).toEqual({ paths: new Set(['/app/saved']), from: 1, to: 3 });
});

test('what came back unsent leaves again with everything since', () => {
  const outbox = new Outbox(view);
  outbox.add(['/app/a'], 1);
  const first = outbox.takeSmall();
  outbox.add(many(1_000), 2);
  if (first) outbox.putBack(first);
  expect(outbox.takeLarge()).toMatchObject({ from: 1, to: 2 });
  expect(outbox.arrived).toBe(0);
});

test('a fill stands for everything that waited', () => {
  const outbox = new Outbox(view);
  outbox.add(['/app/a'], 4);
  outbox.add(many(1_000), 5);
  const all = outbox.takeAll();
  expect(all).toMatchObject({ from: 4, to: 5 });
  expect(outbox.takeSmall() ?? outbox.takeLarge()).toBeUndefined();
  outbox.done(all);
  expect(outbox.arrived).toBe(5);
});

test('a file that was saved at the same moment as a folder came does not wait for the folder', () => {
  const outbox = new Outbox(view);
  outbox.add([...many(2_000), '/app/saved'], 1);
  const small = outbox.takeSmall();
  const large = outbox.takeLarge();
  expect(small?.paths).toEqual(new Set(['/app/saved']));
  expect(large?.paths.size).toBe(2_000);
  expect(small && outbox.done(small)).toBeUndefined();
  expect(outbox.arrived).toBe(0);
  expect(large && outbox.done(large)).toEqual({ from: 1, to: 1 });
  expect(outbox.arrived).toBe(1);
});

test('every change set is told of once all of it has arrived, in whatever order its parts do', () => {
  const outbox = new Outbox(view);
  outbox.add(['/app/a'], 1);
  outbox.add([...many(2_000), '/app/b'], 2);
  const small = outbox.takeSmall();
  outbox.add(['/app/c'], 3);
  const large = outbox.takeLarge();
  const next = outbox.takeSmall();
  expect(next && outbox.done(next)).toEqual({ from: 3, to: 3 });
  expect(large && outbox.done(large)).toBeUndefined();
  expect(small && outbox.done(small)).toEqual({ from: 1, to: 2 });
});
