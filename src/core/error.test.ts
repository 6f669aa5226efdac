import { expect, it } from 'vitest';
import { exitCodeOf, KdevError } from './error.ts';

it.each([
  ['user', 2],
  ['environment', 3],
  ['kdev', 70],
] as const)('an error that is the fault of %s ends with exit code %i', (fault, code) => {
  expect(exitCodeOf(new KdevError({ code: 'x', fault, what: 'x' }))).toBe(code);
});

it('anything else that was thrown is a bug of kdev', () => {
  expect(exitCodeOf(new TypeError('x'))).toBe(70);
});
