import type { DisplayText } from './display-text.ts';
import { displayText } from './display-text.ts';
import type { LogEntry } from './log-entry.ts';
import { rowBreaks } from './row-breaks.ts';

/** What is worked out once for a line that is on screen. */
interface Laid {
  readonly display: DisplayText;
  columns: number;
  breaks: readonly number[];
}

/** Lines as they are shown, worked out when they are first asked for and forgotten with the line. */
export class LineLayout {
  readonly #laid = new WeakMap<LogEntry, Laid>();

  display(entry: LogEntry): DisplayText {
    return this.#of(entry).display;
  }

  /** The letters alone; costs little for a line that is letters alone, and is not kept for one that is not shown. */
  plain(entry: LogEntry): string {
    return this.#laid.get(entry)?.display.plain ?? displayText(entry.text).plain;
  }

  /** Where the rows of a line begin when it may be `columns` cells wide. */
  breaks(entry: LogEntry, columns: number): readonly number[] {
    const laid = this.#of(entry);
    if (laid.columns !== columns) {
      laid.columns = columns;
      laid.breaks = rowBreaks(laid.display.plain, columns);
    }
    return laid.breaks;
  }

  #of(entry: LogEntry): Laid {
    let laid = this.#laid.get(entry);
    if (!laid) {
      laid = { display: displayText(entry.text), columns: 0, breaks: [0] };
      this.#laid.set(entry, laid);
    }
    return laid;
  }
}

/** A part of a line with its colours; what stands in `marked` is shown inverse. */
export function paintPart(
  { plain, colours: changes }: DisplayText,
  part: { readonly start: number; readonly end: number },
  marked: readonly (readonly [from: number, to: number])[],
): string {
  const { start, end } = part;
  if (marked.length === 0 && changes.length === 0) return plain.slice(start, end);
  const edges = new Set([start, end]);
  for (const { from } of changes) if (from > start && from < end) edges.add(from);
  for (const edge of marked.flat()) if (edge > start && edge < end) edges.add(edge);
  const sorted = [...edges].sort((a, b) => a - b);
  let text = '';
  let change = 0;
  for (let index = 0; index + 1 < sorted.length; index++) {
    const from = sorted[index] ?? start;
    const to = sorted[index + 1] ?? end;
    while (change < changes.length && (changes[change]?.from ?? 0) <= from) change += 1;
    const isMarked = marked.some(([begin, stop]) => begin <= from && to <= stop);
    const sgr = isMarked ? '7' : (changes[change - 1]?.sgr ?? '');
    const letters = plain.slice(from, to);
    text += sgr === '' ? letters : `\x1b[${sgr}m${letters}\x1b[0m`;
  }
  return text;
}
