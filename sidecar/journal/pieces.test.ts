import fc from 'fast-check';
import { expect, test } from 'vitest';
import { followingPieces, hole, type Pieces, patchPieces, storedBytes } from './pieces.ts';
import { contentBytes } from './record.ts';

const journal = Buffer.from(Array.from({ length: 5_000 }, (_, index) => index % 251));
const read = (pieces: Pieces): Buffer =>
  Buffer.concat(pieces.map(([at, length]) => journal.subarray(at, at + length)));

const someBytes = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 4_000 }), fc.integer({ min: 1, max: 300 })), { maxLength: 6 })
  .map((pieces): Pieces => pieces);

test('a patched file reads as its base with the ranges replaced, however both are cut into pieces', () => {
  fc.assert(
    fc.property(someBytes, someBytes, fc.array(fc.nat(400), { maxLength: 8 }), (base, patch, steps) => {
      const baseBytes = read(base);
      const patchBytes = read(patch);
      const ranges: [number, number][] = [];
      let at = 0;
      let used = 0;
      for (const [index, step] of steps.entries()) {
        if (index % 2 === 0) at += step;
        else if (step > 0 && used + step <= patchBytes.length) {
          ranges.push([at, step]);
          at += step;
          used += step;
        }
      }
      const last = ranges.at(-1);
      const size = Math.max(baseBytes.length, last === undefined ? 0 : last[0] + last[1]);
      const made = patchPieces({ base, ranges, patch, size });
      const expected = Buffer.alloc(size);
      baseBytes.copy(expected);
      let taken = 0;
      for (const [offset, length] of ranges) {
        patchBytes.copy(expected, offset, taken, taken + length);
        taken += length;
      }
      // A gap that neither has cannot be filled.
      if (made !== undefined) expect(read(made).equals(expected)).toBe(true);
      else expect(size).toBeGreaterThan(baseBytes.length);
    }),
  );
});

test('a hole stays one where it is cut and where it is patched', () => {
  const base: Pieces = [
    [0, 10],
    [hole, 100],
    [10, 10],
  ];
  const ranges = [[50, 5]] as const;
  expect(patchPieces({ base, ranges, patch: [[900, 5]], size: 120 })).toEqual([
    [0, 10],
    [hole, 40],
    [900, 5],
    [hole, 55],
    [10, 10],
  ]);
  expect(storedBytes(base)).toBe(20);
});

test('content that follows its step is one piece a record, without the records’ heads', () => {
  expect(followingPieces(100, contentBytes + 5)).toEqual([
    [109, contentBytes],
    [109 + contentBytes + 9, 5],
  ]);
  expect(followingPieces(100, 0)).toEqual([]);
});
