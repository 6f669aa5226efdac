import { characterWidth, isPlainAscii, textWidth } from '../logs/character-width.ts';

/** Cells that a text without control characters takes on a terminal. */
export function widthOf(text: string): number {
  return textWidth(text);
}

/** The beginning of a text that fits; that something was cut off is shown by `…`. */
export function cutEnd(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  return width <= 0 ? '' : `${begin(text, width - 1)}…`;
}

/** The end of a text that fits: of a path that is the part that tells files apart. */
export function cutStart(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  if (width <= 0) return '';
  let at = [...text];
  while (at.length > 0 && widthOf(at.join('')) > width - 1) at = at.slice(1);
  return `…${at.join('')}`;
}

/** As much of the beginning as fits, without a mark. */
export function begin(text: string, width: number): string {
  if (isPlainAscii(text)) return text.slice(0, Math.max(0, width));
  let kept = '';
  let left = width;
  for (const character of text) {
    left -= characterWidth(character.codePointAt(0) ?? 0);
    if (left < 0) break;
    kept += character;
  }
  return kept;
}
