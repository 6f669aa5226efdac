import { expect, test } from 'vitest';
import { keepUnlessThere, putBack, takeOut } from './kept.ts';

const ours = (name: string): boolean => name.startsWith('k-');

test('a list that was not there goes again once only kdev had written into it', () => {
  const kept = keepUnlessThere({}, 'list');
  expect(takeOut({ list: [{ name: 'k-a' }] }, 'list', kept, ours)).toEqual({});
});

test('a list that was null is null again', () => {
  const kept = keepUnlessThere({ list: null }, 'list');
  expect(takeOut({ list: [{ name: 'k-a' }] }, 'list', kept, ours)).toEqual({ list: null });
});

test('what somebody else added meanwhile stays', () => {
  const kept = keepUnlessThere({}, 'list');
  const now = { list: [{ name: 'k-a' }, { name: 'theirs' }] };
  expect(takeOut(now, 'list', kept, ours)).toEqual({ list: [{ name: 'theirs' }] });
});

test('an empty list that was there stays empty', () => {
  const kept = keepUnlessThere({ list: [] }, 'list');
  expect(kept).toBeUndefined();
  expect(takeOut({ list: [{ name: 'k-a' }] }, 'list', kept, ours)).toEqual({ list: [] });
});

test('a field that was absent is absent again, not undefined', () => {
  expect(Object.keys(putBack({ a: 1, b: 2 }, 'a', []))).toEqual(['b']);
});
