import { characterWidth, isPlainAscii } from './character-width.ts';

/** Indices of `plain` at which its rows of at most `columns` cells begin; at least one. */
export function rowBreaks(plain: string, columns: number): readonly number[] {
  if (isPlainAscii(plain)) {
    const rows = Math.max(1, Math.ceil(plain.length / columns));
    return Array.from({ length: rows }, (_, row) => row * columns);
  }
  const breaks = [0];
  let used = 0;
  let at = 0;
  for (const character of plain) {
    const width = characterWidth(character.codePointAt(0) ?? 0);
    if (used + width > columns && used > 0) {
      breaks.push(at);
      used = 0;
    }
    used += width;
    at += character.length;
  }
  return breaks;
}

/** The part of `plain` that `columns` cells from cell `from` on show; half of a wide character is left out. */
export function cellSlice(
  plain: string,
  from: number,
  columns: number,
): { readonly start: number; readonly end: number; readonly indent: number } {
  if (isPlainAscii(plain)) {
    return { start: Math.min(from, plain.length), end: Math.min(from + columns, plain.length), indent: 0 };
  }
  let cell = 0;
  let at = 0;
  let start: number | undefined;
  let indent = 0;
  for (const character of plain) {
    const width = characterWidth(character.codePointAt(0) ?? 0);
    if (start === undefined && cell >= from) {
      start = at;
      indent = cell - from;
    }
    if (start !== undefined && cell + width > from + columns) return { start, end: at, indent };
    cell += width;
    at += character.length;
  }
  return { start: start ?? plain.length, end: plain.length, indent };
}
