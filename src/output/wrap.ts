import { stripVTControlCharacters } from 'node:util';

/**
 * Breaks lines at spaces so that none is wider than `columns`; what is continued stands `indent` columns in. A word
 * that fits no line stays whole: an address or a path can then be copied. Colours go on across a break.
 */
export function wrap(text: string, columns: number, indent: number): string {
  return text
    .split('\n')
    .map((line) => wrapLine(line, columns, indent))
    .join('\n');
}

function wrapLine(line: string, columns: number, indent: number): string {
  if (widthOf(line) <= columns) return line;
  let done = '';
  let width = 0;
  // Each word with the spaces before it; a time stays with its unit.
  for (const word of line.match(/ *(?:\d[\d.]* m?s\b[^ ]*|[^ ]+)/g) ?? []) {
    const wide = widthOf(word);
    if (width > indent && width + wide > columns) {
      const bare = word.trimStart();
      done += `\n${' '.repeat(indent)}${bare}`;
      width = indent + widthOf(bare);
    } else {
      done += word;
      width += wide;
    }
  }
  return done;
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}
