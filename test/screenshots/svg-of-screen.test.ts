import { expect, it } from 'vitest';
import type { Cell } from '../terminal/pseudo-terminal.ts';
import { svgOfScreen } from './svg-of-screen.ts';

const plain: Cell = {
  ...{ text: ' ', width: 1, foreground: undefined, background: undefined },
  ...{ bold: false, dim: false, inverse: false },
};

function row(text: string, more: Partial<Cell> = {}): readonly Cell[] {
  return [...text].map((character) => ({ ...plain, ...more, text: character }));
}

it('draws what looks alike as one text, each at its own cell', () => {
  const svg = svgOfScreen([[...row('ok '), ...row('a<b', { foreground: 1, bold: true })]]);
  expect(svg.match(/<text /g)).toHaveLength(2);
  expect(svg).toContain('>ok </text>');
  expect(svg).toMatch(/x="37\.2"[^>]* fill="#f4646c" font-weight="bold">a&lt;b<\/text>/);
});

it('draws the ground of what is inverse, and nothing for empty cells', () => {
  const svg = svgOfScreen([row('   '), row('local', { inverse: true, foreground: 2 })]);
  expect(svg.match(/<text /g)).toHaveLength(1);
  expect(svg).toContain('fill="#7bc275"/><text');
});
