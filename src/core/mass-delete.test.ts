import { describe, expect, it } from 'vitest';
import { isMassDelete } from './mass-delete.ts';

describe('a mass delete', () => {
  it.each([
    [50, 50, false],
    [51, 51, true],
    [51, 204, false],
    [52, 204, true],
    [5_000, 20_000, false],
    [5_001, 20_000, true],
    [0, 0, false],
  ])('of %i of %i paths asks first: %s', (deletions, known, asks) => {
    expect(isMassDelete(deletions, known)).toBe(asks);
  });
});
