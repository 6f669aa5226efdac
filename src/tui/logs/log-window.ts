import type { LogEntry } from './log-entry.ts';
import type { LogLines } from './log-lines.ts';
import type { LogPrefix, PrefixOptions } from './log-prefix.ts';
import { type LineLayout, paintPart } from './log-row.ts';
import { cellSlice } from './row-breaks.ts';
import { bottomScreen, isBefore, type Position, type RowSpace, stepDown, stepUp } from './scroll.ts';

const asideCells = 8;

/** The part of the lines that is on screen: following the newest, or staying where a person has scrolled to. */
export class LogWindow {
  readonly #lines: LogLines;
  readonly #layout: LineLayout;
  readonly #prefix: LogPrefix;
  #following = true;
  #wrap = true;
  #timestamps = false;
  /** Cells to the left of the first one shown, where lines are not wrapped. */
  #aside = 0;
  /** The first row while it does not follow; by `seq`, which outlives a change of what is shown. */
  #top = { seq: 0, row: 0 };
  #width = 80;
  #height = 24;

  constructor(options: {
    readonly lines: LogLines;
    readonly layout: LineLayout;
    readonly prefix: LogPrefix;
  }) {
    this.#lines = options.lines;
    this.#layout = options.layout;
    this.#prefix = options.prefix;
  }

  get following(): boolean {
    return this.#following;
  }

  get wrap(): boolean {
    return this.#wrap;
  }

  get aside(): number {
    return this.#aside;
  }

  /** The rows of a screen of this size, from now on. */
  draw(width: number, height: number): string[] {
    this.#width = width;
    this.#height = height;
    const rows: string[] = [];
    if (height <= 0) return rows;
    this.#admitNames();
    let at: Position | undefined = this.#firstRow();
    while (at && rows.length < height) {
      const entry = this.#lines.shown.at(at.ordinal);
      if (!entry) break;
      rows.push(this.#drawRow(entry, at.row));
      at = stepDown(this.#space, at, 1);
    }
    while (rows.length < height) rows.push('');
    return rows;
  }

  /** By so many rows; negative is up, which ends following. */
  scroll(rows: number): void {
    this.#lines.update();
    const from = this.#firstRow();
    if (rows < 0) {
      this.#setTop(stepUp(this.#space, from, -rows));
    } else if (!this.#following) {
      const to = stepDown(this.#space, from, rows);
      const bottom = bottomScreen(this.#space, this.#rows);
      this.#setTop(to && isBefore(to, bottom) ? to : bottom);
    }
  }

  /** By nearly a screen. */
  scrollPage(direction: 1 | -1): void {
    this.scroll(direction * Math.max(1, this.#height - 1));
  }

  toFirst(): void {
    this.#lines.update();
    this.#setTop({ ordinal: this.#lines.shown.first, row: 0 });
  }

  follow(): void {
    this.#following = true;
  }

  /** Stays where it is. */
  stay(): void {
    if (this.#following) this.#setTop(this.#firstRow());
  }

  /** Other lines are shown from now on: near those that were. */
  refit(): void {
    this.#prefix.forget();
    this.#top = { ...this.#top, row: 0 };
  }

  toggleWrap(): void {
    this.#wrap = !this.#wrap;
    this.#aside = 0;
    this.#top = { ...this.#top, row: 0 };
  }

  toggleTimestamps(): void {
    this.#timestamps = !this.#timestamps;
  }

  /** False where lines are wrapped: there is nothing aside then. */
  goAside(direction: 1 | -1): boolean {
    if (!this.#wrap) this.#aside = Math.max(0, this.#aside + direction * asideCells);
    return !this.#wrap;
  }

  /** The newest line on screen; undefined when there is none. */
  get lastShown(): LogEntry | undefined {
    const { shown } = this.#lines;
    const last = stepDown(this.#space, this.#firstRow(), this.#rows - 1)?.ordinal ?? shown.end - 1;
    return shown.at(last);
  }

  /** Puts a line in the middle unless it is on screen, and stays there. */
  show(entry: LogEntry): void {
    this.#lines.update();
    const target: Position = { ordinal: this.#lines.shown.ordinalOf(entry.seq), row: 0 };
    const first = this.#firstRow();
    const behind = stepDown(this.#space, first, this.#rows);
    const seen = !isBefore(target, first) && (behind === undefined || isBefore(target, behind));
    this.#setTop(seen ? first : stepUp(this.#space, target, this.#rows >> 1));
  }

  get #rows(): number {
    return Math.max(1, this.#height);
  }

  get #space(): RowSpace {
    const selection = this.#lines.shown;
    const columns = this.#columns;
    return {
      selection,
      rowsOf: (ordinal) => {
        const entry = this.#wrap ? selection.at(ordinal) : undefined;
        return entry ? this.#layout.breaks(entry, columns).length : 1;
      },
    };
  }

  get #prefixOptions(): PrefixOptions {
    const merged = this.#lines.service === undefined;
    return { merged, timestamps: this.#timestamps, width: this.#width };
  }

  /** Cells that are left for the text of a line. */
  get #columns(): number {
    return Math.max(1, this.#width - this.#prefix.width(this.#prefixOptions));
  }

  #firstRow(): Position {
    const bottom = bottomScreen(this.#space, this.#rows);
    if (this.#following) return bottom;
    const ordinal = this.#lines.shown.ordinalOf(this.#top.seq);
    const isHere = this.#lines.shown.at(ordinal)?.seq === this.#top.seq;
    const row = isHere ? Math.min(this.#top.row, this.#space.rowsOf(ordinal) - 1) : 0;
    return isBefore(bottom, { ordinal, row }) ? bottom : { ordinal, row };
  }

  #setTop({ ordinal, row }: Position): void {
    this.#following = false;
    this.#top = { seq: this.#lines.shown.at(ordinal)?.seq ?? 0, row };
  }

  #admitNames(): void {
    const { shown } = this.#lines;
    const from = this.#following ? shown.end - this.#rows : shown.ordinalOf(this.#top.seq);
    for (let ordinal = Math.max(shown.first, from); ordinal < from + this.#rows; ordinal++) {
      const entry = shown.at(ordinal);
      if (entry) this.#prefix.admit(entry, this.#prefixOptions);
    }
  }

  #drawRow(entry: LogEntry, row: number): string {
    const display = this.#layout.display(entry);
    const columns = this.#columns;
    const { length } = display.plain;
    const breaks = this.#wrap ? this.#layout.breaks(entry, columns) : [];
    const part = this.#wrap
      ? { start: breaks[row] ?? 0, end: breaks[row + 1] ?? length, indent: 0 }
      : cellSlice(display.plain, this.#aside, columns);
    const marked = this.#lines.search?.ranges(display.plain, part.start, part.end) ?? [];
    const before =
      row === 0 ? this.#prefix.text(entry, this.#prefixOptions) : ' '.repeat(this.#width - columns);
    return before + ' '.repeat(part.indent) + paintPart(display, part, marked);
  }
}
