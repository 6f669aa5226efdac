import type { Cell } from '../terminal/pseudo-terminal.ts';

const cellWidth = 8.4;
const cellHeight = 18;
const margin = 12;
const ground = '#16181d';
const ink = '#d7dae0';
/** The first sixteen of a terminal. */
const palette = [
  ...['#3a3f4b', '#f4646c', '#7bc275', '#e2b55e', '#5fa8ef', '#c586e0', '#4fb6c2', '#c8ccd4'],
  ...['#6b7280', '#ff8a90', '#9ddc97', '#f5d08a', '#8cc4ff', '#dcb0f0', '#7fd6e0', '#ffffff'],
];

/** A screen as a picture: what stands in each cell, in its colours, in a font of the reader's own. */
export function svgOfScreen(screen: readonly (readonly Cell[])[]): string {
  const columns = Math.max(...screen.map((row) => row.length));
  const [width, height] = [columns * cellWidth + 2 * margin, screen.length * cellHeight + 2 * margin];
  const rows = screen.flatMap((row, y) => runsOf(row).map((run) => drawRun(run, y)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${round(width)} ${round(height)}" width="${round(width)}" height="${round(height)}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">`,
    '<title>kdev watch in a terminal</title>',
    `<rect width="100%" height="100%" rx="8" fill="${ground}"/>`,
    ...rows.filter((row) => row !== ''),
    '</svg>',
    '',
  ].join('\n');
}

interface Run {
  readonly x: number;
  readonly cells: readonly Cell[];
}

/** Neighbours that look alike. */
function runsOf(row: readonly Cell[]): readonly Run[] {
  const runs: { x: number; cells: Cell[] }[] = [];
  row.forEach((cell, x) => {
    const last = runs.at(-1);
    if (cell.width === 0) return;
    if (last && looks(last.cells[0] as Cell) === looks(cell)) last.cells.push(cell);
    else runs.push({ x, cells: [cell] });
  });
  return runs;
}

function looks({ foreground, background, bold, dim, inverse }: Cell): string {
  return JSON.stringify([foreground, background, bold, dim, inverse]);
}

function drawRun({ x, cells }: Run, y: number): string {
  const [first] = cells;
  if (!first) return '';
  const text = cells.map((cell) => cell.text).join('');
  const wide = cells.reduce((sum, cell) => sum + cell.width, 0) * cellWidth;
  const front = colour(first.foreground, ink);
  const back = colour(first.background, ground);
  const [fill, paper] = first.inverse ? [back, front] : [front, back];
  const [left, top] = [margin + x * cellWidth, margin + y * cellHeight];
  const box =
    paper === ground
      ? ''
      : `<rect x="${round(left)}" y="${round(top)}" width="${round(wide)}" height="${cellHeight}" fill="${paper}"/>`;
  if (text.trim() === '') return box;
  const look = `${first.bold ? ' font-weight="bold"' : ''}${first.dim ? ' opacity="0.6"' : ''}`;
  return `${box}<text x="${round(left)}" y="${round(top + 13.5)}" textLength="${round(wide)}" lengthAdjust="spacingAndGlyphs" xml:space="preserve" fill="${fill}"${look}>${escapeXml(text)}</text>`;
}

/** Of the palette of 256: the sixteen, a cube of 6 × 6 × 6, greys. */
function colour(number: number | undefined, otherwise: string): string {
  if (number === undefined) return otherwise;
  const named = palette[number];
  if (named !== undefined) return named;
  if (number >= 232)
    return `rgb(${Array(3)
      .fill(8 + (number - 232) * 10)
      .join(',')})`;
  const parts = [Math.floor((number - 16) / 36), Math.floor((number - 16) / 6) % 6, (number - 16) % 6];
  return `rgb(${parts.map((part) => (part === 0 ? 0 : 55 + part * 40)).join(',')})`;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function round(number: number): number {
  return Math.round(number * 10) / 10;
}
