import { expect, it } from 'vitest';
import { createBackoff } from './backoff.ts';

it('waits 100 ms first, doubles, and stays at 5 s', () => {
  const next = createBackoff();
  expect(Array.from({ length: 8 }, next)).toEqual([100, 200, 400, 800, 1600, 3200, 5000, 5000]);
});
