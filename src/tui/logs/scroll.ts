import type { LogSelection } from './log-selection.ts';

/** A row of a line of a selection. */
export interface Position {
  readonly ordinal: number;
  readonly row: number;
}

/** Lines as rows, one below the other. */
export interface RowSpace {
  readonly selection: LogSelection;
  /** How many rows a line takes; at least 1. */
  rowsOf(ordinal: number): number;
}

/** The place `rows` rows above; the first row of all where there are not that many. */
export function stepUp({ selection, rowsOf }: RowSpace, from: Position, rows: number): Position {
  let { ordinal, row } = from;
  let left = rows;
  while (left > row) {
    if (ordinal <= selection.first) return { ordinal: selection.first, row: 0 };
    left -= row + 1;
    ordinal -= 1;
    row = rowsOf(ordinal) - 1;
  }
  return { ordinal, row: row - left };
}

/** The place `rows` rows below; undefined behind the last row. */
export function stepDown(
  { selection, rowsOf }: RowSpace,
  from: Position,
  rows: number,
): Position | undefined {
  let { ordinal, row } = from;
  let left = rows;
  while (ordinal < selection.end) {
    const below = rowsOf(ordinal) - row;
    if (left < below) return { ordinal, row: row + left };
    left -= below;
    ordinal += 1;
    row = 0;
  }
  return undefined;
}

/** Where a screen of `height` rows begins that ends with the last row. */
export function bottomScreen(space: RowSpace, height: number): Position {
  return stepUp(space, { ordinal: space.selection.end, row: 0 }, height);
}

export function isBefore(a: Position, b: Position): boolean {
  return a.ordinal < b.ordinal || (a.ordinal === b.ordinal && a.row < b.row);
}
