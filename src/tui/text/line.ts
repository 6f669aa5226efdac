import { type Paint, paint } from './paint.ts';
import { cutEnd, widthOf } from './width.ts';

/** A part of a line: text without control sequences, and its look. */
export type Span = readonly [text: string, look?: Paint];

/** Spans as one line of exactly `width` cells, cut or filled up. */
export function line(spans: readonly Span[], width: number): string {
  let left = width;
  let done = '';
  for (const [raw, look = paint.plain] of spans) {
    if (left <= 0) break;
    const text = cutEnd(safe(raw), left);
    left -= widthOf(text);
    done += look(text);
  }
  return done + ' '.repeat(Math.max(0, left));
}

/** Two groups of spans at the two ends of a line; the left one gives way. */
export function ends(left: readonly Span[], right: readonly Span[], width: number): string {
  const wanted = spansWidth(right);
  if (wanted + 1 >= width) return line([...left, [' '], ...right], width);
  return line(left, width - wanted - 1) + line([[' '], ...right], wanted + 1);
}

export function spansWidth(spans: readonly Span[]): number {
  return spans.reduce((sum, [text]) => sum + widthOf(safe(text)), 0);
}

/** Filled up with spaces, or cut, to exactly this many cells. */
export function column(text: string, width: number): string {
  const cut = cutEnd(safe(text), width);
  return cut + ' '.repeat(Math.max(0, width - widthOf(cut)));
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const sequences = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])?/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
const controls = /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** File names and messages from containers must not steer the terminal. */
function safe(text: string): string {
  return text.replace(sequences, '').replace(controls, ' ');
}
