import { expect, test } from 'vitest';
import { formatSelector } from './label-selector.ts';

test('a selector is spelled as the API takes it in a query', () => {
  const selector = {
    matchLabels: { app: 'web' },
    matchExpressions: [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'zone', operator: 'NotIn', values: ['c'] },
      { key: 'x', operator: 'Exists' },
      { key: 'y', operator: 'DoesNotExist' },
    ],
  };
  expect(formatSelector(selector)).toBe('app=web,tier in (a,b),zone notin (c),x,!y');
});
