import { expect, test } from 'vitest';
import type { LogLine } from './log-entry.ts';
import { LogSelection } from './log-selection.ts';
import { LogStore } from './log-store.ts';

const line = (text: string, more: Partial<LogLine> = {}): LogLine => ({
  ...{ service: 'web', replica: 'web-1', source: 'app', at: '2026-01-01T00:00:00Z', text },
  ...more,
});

test('the oldest lines go when there are too many', () => {
  const store = new LogStore({ maxLines: 3 });
  store.addAll(['a', 'b', 'c', 'd', 'e'].map((text) => line(text)));
  const kept = Array.from(
    { length: store.next - store.first },
    (_, index) => store.at(store.first + index)?.text,
  );
  expect(kept).toEqual(['c', 'd', 'e']);
  expect(store.at(0)).toBeUndefined();
});

test('the oldest lines go when they are too long together', () => {
  const store = new LogStore({ maxLines: 1_000, maxBytes: 10_000 });
  for (let count = 0; count < 500; count++) store.add(line('x'.repeat(500)));
  expect(store.bytes).toBeLessThanOrEqual(10_000);
  expect(store.next - store.first).toBeGreaterThan(1);
});

test('a line of a megabyte is cut and says so', () => {
  const store = new LogStore();
  store.add(line('x'.repeat(1_000_000)));
  expect(store.at(0)?.text).toContain('[…and 934464 characters more]');
});

test('replicas are known as long as one of their lines is', () => {
  const store = new LogStore({ maxLines: 2 });
  store.addAll([line('a'), line('b', { replica: 'web-2' })]);
  expect(store.replicasOf('web')).toBe(2);
  store.addAll([line('c', { replica: 'web-2' })]);
  expect(store.replicasOf('web')).toBe(1);
});

test('a selection follows the store and keeps its ordinals while lines go', () => {
  const store = new LogStore({ maxLines: 10_000 });
  const even = new LogSelection(store, ({ text }) => Number(text) % 2 === 0);
  for (let count = 0; count < 30_000; count++) {
    store.add(line(String(count)));
    if (count % 100 === 0) even.update();
  }
  even.update();
  expect([even.first, even.end]).toEqual([10_000, 15_000]);
  expect(even.at(12_345)?.text).toBe('24690');
  expect(even.ordinalOf(24_689)).toBe(12_345);
});
