import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sameEntry, type TreeEntry } from '../core/entry.ts';
import { compareTrees, pathDepth } from './compare.ts';

const entry = fc.oneof(
  fc.constant<TreeEntry>({ type: 'dir' }),
  fc.record({ type: fc.constant('link' as const), target: fc.constantFrom('a', 'b') }),
  fc.record({
    type: fc.constant('file' as const),
    size: fc.constantFrom(0, 1),
    exec: fc.boolean(),
    digest: fc.constantFrom('00', '11'),
  }),
);
const path = fc
  .array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 4 })
  .map((names) => names.join('/'));
const tree = fc.array(fc.tuple(path, entry)).map((entries) => new Map<string, TreeEntry>(entries));

describe('the difference of two trees', () => {
  it('turns the one into the other when it is applied', () => {
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        const applied = new Map(before);
        for (const difference of compareTrees(before, after)) {
          if (difference.after === undefined) applied.delete(difference.path);
          else applied.set(difference.path, difference.after);
        }
        expect(applied.size).toBe(after.size);
        for (const [path, entry] of after) expect(sameEntry(applied.get(path), entry)).toBe(true);
      }),
    );
  });

  it('deletes first, children before parents, and then creates parents before children', () => {
    fc.assert(
      fc.property(tree, tree, (before, after) => {
        const order = compareTrees(before, after).map((difference) =>
          difference.after === undefined ? -pathDepth(difference.path) : pathDepth(difference.path),
        );
        expect(order).toEqual([...order].sort((a, b) => a - b));
      }),
    );
  });

  it('is empty for equal trees', () => {
    fc.assert(
      fc.property(tree, (same) => {
        expect(compareTrees(same, new Map(same))).toEqual([]);
      }),
    );
  });
});
