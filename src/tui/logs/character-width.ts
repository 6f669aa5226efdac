/**
 * Code points that take two cells (East_Asian_Width W and F of Unicode 16, without those that are emoji by default).
 * See https://www.unicode.org/reports/tr11/.
 */
const wideRanges: readonly (readonly [from: number, to: number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x3247],
  [0x3250, 0x4dbf],
  [0x4e00, 0xa4c6],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6b],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18d08],
  [0x1aff0, 0x1b2fb],
  [0x1d300, 0x1d376],
  [0x1f200, 0x1f265],
  [0x20000, 0x3fffd],
];

const firstWide = 0x1100;
const emoji = /^\p{Emoji_Presentation}$/u;
const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}\u1160-\u11ff\ud7b0-\ud7ff]$/u;

/** Cells that one code point takes in a terminal: 0, 1 or 2. Controls are not asked about. */
export function characterWidth(codePoint: number): 0 | 1 | 2 {
  if (codePoint < 0x300) return 1;
  const character = String.fromCodePoint(codePoint);
  if (zeroWidth.test(character)) return 0;
  if (codePoint < firstWide) return 1;
  // Half of a flag; both halves together take two cells.
  if (codePoint >= 0x1f1e6 && codePoint <= 0x1f1ff) return 1;
  if (wideRanges.some(([from, to]) => codePoint >= from && codePoint <= to)) return 2;
  return emoji.test(character) ? 2 : 1;
}

const asciiOnly = /^[\x20-\x7e]*$/;

/** Whether every character takes one cell. */
export function isPlainAscii(text: string): boolean {
  return asciiOnly.test(text);
}

/** Cells that a text without control characters takes. */
export function textWidth(text: string): number {
  if (isPlainAscii(text)) return text.length;
  let width = 0;
  for (const character of text) width += characterWidth(character.codePointAt(0) ?? 0);
  return width;
}
