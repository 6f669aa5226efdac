import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ancestorsOf } from '../../src/core/ancestors.ts';
import { orderSteps, type Step } from './step.ts';

const remove = (path: string): Step => ({ op: 'remove', path });
const dir = (path: string): Step => ({ op: 'dir', path, mode: 0o755 });
const link = (path: string): Step => ({ op: 'link', path, target: 't' });
const order = (steps: readonly Step[]): string[] =>
  orderSteps(steps).map((step) => `${step.op} ${step.path}`);

test('new content comes before what else goes', () => {
  expect(order([remove('/a/old'), link('/a/new')])).toEqual(['link /a/new', 'remove /a/old']);
});

test('directories come before what is in them, and go after it', () => {
  expect(order([link('/a/b/c'), dir('/a/b'), dir('/a'), remove('/x'), remove('/x/y')])).toEqual([
    'dir /a',
    'dir /a/b',
    'link /a/b/c',
    'remove /x/y',
    'remove /x',
  ]);
});

test('what stands in the way of something new goes first', () => {
  expect(order([link('/a'), remove('/a/b/c'), remove('/a/b'), remove('/z')])).toEqual([
    'remove /a/b/c',
    'remove /a/b',
    'link /a',
    'remove /z',
  ]);
  expect(order([dir('/f/d'), remove('/f')])).toEqual(['remove /f', 'dir /f/d']);
});

test('in any order of any steps every step happens once, and each finds its directory', () => {
  const path = fc
    .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
    .map((names) => `/${names.join('/')}`);
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(path, fc.constantFrom(remove, dir, link)), { selector: ([name]) => name }),
      (pairs) => {
        const steps = pairs.map(([name, make]) => make(name));
        const ordered = orderSteps(steps);
        expect(new Set(ordered)).toEqual(new Set(steps));
        for (const [index, step] of ordered.entries()) {
          const later = ordered.slice(index + 1);
          if (step.op === 'remove') {
            expect(
              later.some((other) => other.op === 'remove' && ancestorsOf(other.path).includes(step.path)),
            ).toBe(false);
          } else {
            expect(
              later.some((other) => other.op === 'dir' && ancestorsOf(step.path).includes(other.path)),
            ).toBe(false);
          }
        }
      },
    ),
  );
});
