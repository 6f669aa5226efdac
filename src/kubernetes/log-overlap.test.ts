import { expect, test } from 'vitest';
import { createLogOverlap } from './log-overlap.ts';

function admitted(requests: readonly (readonly string[])[]): readonly string[] {
  const overlap = createLogOverlap();
  return requests.flatMap((lines) => {
    overlap.begin();
    return lines.filter((line) => overlap.admit(line));
  });
}

test('lines that a second request repeats come once', () => {
  const a = '2026-01-01T00:00:01.1Z a';
  const b = '2026-01-01T00:00:01.2Z b';
  const c = '2026-01-01T00:00:01.3Z c';
  expect(
    admitted([
      [a, b],
      [a, b, c],
    ]),
  ).toEqual([a, b, c]);
});

test('equal lines of one request are all new', () => {
  const line = '2026-01-01T00:00:01.1Z same';
  expect(
    admitted([
      [line, line],
      [line, line, line],
    ]),
  ).toEqual([line, line, line]);
});

test('a line that was late, out of order within its second, is not lost', () => {
  const b = '2026-01-01T00:00:01.2Z b';
  const late = '2026-01-01T00:00:01.1Z late';
  expect(admitted([[b], [late, b]])).toEqual([b, late]);
});

test('a line that was late, of the second before, is not lost', () => {
  const next = '2026-01-01T00:00:02.000001Z next';
  const late = '2026-01-01T00:00:01.999999Z late';
  expect(admitted([[next], [late, next], [late, next]])).toEqual([next, late]);
});

test('a request goes on from the whole second before the last line’s, in UTC', () => {
  const overlap = createLogOverlap();
  expect(overlap.since).toBeUndefined();
  overlap.admit('2026-01-01T01:00:01.999+01:00 x');
  expect(overlap.since).toBe('2026-01-01T00:00:00Z');
});
