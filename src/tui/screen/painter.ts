import { stripVTControlCharacters } from 'node:util';
import { widthOf } from '../text/width.ts';

/** Draws whole frames by writing only the lines that differ from what is there. */
export interface Painter {
  /** @param frame lines, colours among them, `\n` in between; none is wider than `columns` */
  paint(frame: string, size: { readonly columns: number; readonly rows: number }): void;
  /** The next frame is drawn as a whole: somebody else has written to the screen. */
  forget(): void;
}

// A terminal that knows it shows the frame only once it is whole; the others ignore it.
const beginFrame = '\x1b[?2026h';
const endFrame = '\x1b[?2026l';

export function createPainter(options: {
  readonly write: (text: string) => void;
  /** What becomes of every line: colours left out, ASCII. */
  readonly spell: (line: string) => string;
}): Painter {
  const { write, spell } = options;
  let before: readonly string[] | undefined;
  let drawn = { columns: 0, rows: 0 };
  return {
    paint: (frame, size) => {
      const lines = frame.split('\n').slice(0, size.rows).map(spell);
      const whole = before === undefined || size.columns !== drawn.columns || size.rows !== drawn.rows;
      let changes = whole ? '\x1b[0m\x1b[2J' : '';
      for (let row = 0; row < Math.max(lines.length, whole ? 0 : (before?.length ?? 0)); row += 1) {
        const line = lines[row] ?? '';
        if (!whole && before?.[row] === line) continue;
        if (whole && line === '') continue;
        // Behind a full line there is nothing to erase, and erasing would take its last cell.
        const fills = widthOf(stripVTControlCharacters(line)) >= size.columns;
        changes += `\x1b[${row + 1};1H${line}\x1b[0m${fills ? '' : '\x1b[K'}`;
      }
      before = lines;
      drawn = { ...size };
      if (changes !== '') write(`${beginFrame}${changes}${endFrame}`);
    },
    forget: () => {
      before = undefined;
    },
  };
}
