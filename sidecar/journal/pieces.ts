import type { Ranges } from '../../src/wire/messages.ts';
import { contentBytes, headerBytes } from './record.ts';

/**
 * Runs of content in the journal's file, as offset and length; one behind the other they are a file's content. Zeros
 * that are nowhere, as a sparse file has them, are a run at `hole`.
 */
export type Pieces = readonly (readonly [at: number, length: number])[];

export const hole = -1;

/** What of pieces takes room in the journal's file. */
export function storedBytes(pieces: Pieces = []): number {
  return pieces.reduce((sum, [at, length]) => (at === hole ? sum : sum + length), 0);
}

/** `piece` behind the others; a hole behind a hole makes it longer. */
export function addPiece(pieces: [number, number][], at: number, length: number): void {
  const last = pieces.at(-1);
  if (at === hole && last?.[0] === hole) last[1] += length;
  else pieces.push([at, length]);
}

/** More would make the record that lists them larger than it saves. */
export const maxPieces = 8_192;

/** Content that follows its step, record by record. */
export function followingPieces(contentAt: number, size: number): Pieces {
  const pieces: [number, number][] = [];
  for (let left = size, at = contentAt; left > 0; left -= contentBytes) {
    const length = Math.min(left, contentBytes);
    pieces.push([at + headerBytes + 1, length]);
    at += headerBytes + 1 + length;
  }
  return pieces;
}

/**
 * Content that is `base` but for some ranges, and `size` bytes long. `patch` has what is in the ranges, one behind the
 * other. Undefined where the base is too short for that.
 */
export function patchPieces(options: {
  readonly base: Pieces;
  readonly ranges: Ranges;
  readonly patch: Pieces;
  readonly size: number;
}): Pieces | undefined {
  const { base, ranges, patch, size } = options;
  const made: (readonly [number, number])[] = [];
  let at = 0;
  let taken = 0;
  for (const [offset, length] of [...ranges, [size, 0] as const]) {
    const kept = cut(base, at, offset - at);
    const fresh = cut(patch, taken, length);
    if (kept === undefined || fresh === undefined) return undefined;
    made.push(...kept, ...fresh);
    at = offset + length;
    taken += length;
  }
  return made;
}

/** `length` bytes from `start`; undefined where there are fewer. */
function cut(pieces: Pieces, start: number, length: number): Pieces | undefined {
  const found: [number, number][] = [];
  let skip = start;
  let left = length;
  for (const [at, have] of pieces) {
    if (left === 0) break;
    if (skip >= have) {
      skip -= have;
      continue;
    }
    const count = Math.min(have - skip, left);
    found.push([at === hole ? hole : at + skip, count]);
    left -= count;
    skip = 0;
  }
  return left === 0 ? found : undefined;
}
