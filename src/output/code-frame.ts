import type { SourcePlace } from '../core/error.ts';
import { printable } from './printable.ts';
import type { Style } from './style.ts';

/** Lines shown before and after the one that is meant. */
const around = 2;
const leastColumns = 40;

/**
 * The lines around a place, numbered, the one that is meant marked and the word at its column underlined; none when
 * the text has no such line. What is wider than `columns` is cut, around the place on its own line.
 */
export function codeFrame(
  { text, line, column }: SourcePlace,
  style: Style,
  columns = 120,
): readonly string[] {
  const lines = text.split(/\r?\n/);
  const meant = lines[line - 1];
  if (meant === undefined) return [];
  const first = Math.max(1, line - around);
  const last = Math.min(lines.length, line + around);
  const digits = String(last).length;
  const room = Math.max(leastColumns, columns) - digits - indent.length - ' > │ '.length;
  const start = column === undefined || column > meant.length + 1 ? undefined : column - 1;
  const cut = Math.max(0, (start ?? 0) + 20 - room);
  const shown = (number: number): string => {
    const gutter = `${String(number).padStart(digits)} │ `;
    const source = clip(lines[number - 1] ?? '', number === line ? cut : 0, room);
    return number === line
      ? `${indent}${style.bad('>')} ${style.dim(gutter)}${source}`
      : `${indent}${style.dim(`  ${gutter}${source}`.trimEnd())}`;
  };
  const numbers = Array.from({ length: last - first + 1 }, (_, index) => first + index);
  const frame = numbers.map(shown);
  if (start === undefined) return frame;
  const before = spaces(meant.slice(cut, start));
  const carets = '^'.repeat(Math.max(1, Math.min(wordAt(meant, start), room - before.length)));
  const underline = `${' '.repeat(before.length)}${style.bad(carets)}`;
  frame.splice(line - first + 1, 0, `${indent}${style.dim(`  ${' '.repeat(digits)} │ `)}${underline}`);
  return frame;
}

const indent = '     ';

/** Letters of the word or quoted text that begins at an index. */
function wordAt(line: string, index: number): number {
  return /^(?:'[^']*'|"[^"]*"|`[^`]*`|[\w$.-]+)?/.exec(line.slice(index))?.[0].length ?? 0;
}

function clip(line: string, from: number, room: number): string {
  const shown = spaces(line.slice(from));
  return shown.length > room ? `${shown.slice(0, room - 1)}…` : shown;
}

/** Without tabs, whose width nobody knows, and without anything that a terminal would take for a command. */
function spaces(text: string): string {
  return printable(text.replaceAll('\t', '  '));
}
