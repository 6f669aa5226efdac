import { expect, it } from 'vitest';
import { nearestName } from './did-you-mean.ts';

it.each([
  ['sinc', ['sync', 'since'], 'sync'],
  ['tagret', ['target', 'args'], 'target'],
  ['env', ['environments', 'services'], 'environments'],
  ['PORTS', ['ports'], 'ports'],
  ['zebra', ['adder', 'db'], undefined],
  ['x', [], undefined],
])('takes %s among %j for %s', (given, known, expected) => {
  expect(nearestName(given, known)).toBe(expected);
});
