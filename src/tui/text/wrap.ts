import { begin, widthOf } from './width.ts';

/** Breaks a text at spaces into lines of at most `width` cells; a longer word is cut into pieces. */
export function wrapWords(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) lines.push(...wrapParagraph(paragraph, Math.max(1, width)));
  return lines;
}

function wrapParagraph(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of text.split(' ').flatMap((each) => pieces(each, width))) {
    const longer = current === '' ? word : `${current} ${word}`;
    if (widthOf(longer) <= width) current = longer;
    else {
      lines.push(current);
      current = word;
    }
  }
  return [...lines, current];
}

function pieces(word: string, width: number): readonly string[] {
  const done: string[] = [];
  let rest = word;
  while (widthOf(rest) > width && width > 1) {
    const piece = begin(rest, width);
    if (piece === '') break;
    done.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...done, rest];
}
