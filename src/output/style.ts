import { styleText } from 'node:util';

/** How a part of a line is meant; what it looks like is decided once, by `createStyle`. */
export interface Style {
  dim(text: string): string;
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
  warn(text: string): string;
  /** A name that keeps its colour: equal names look equal. */
  name(text: string): string;
}

const nameColours = ['cyan', 'magenta', 'blue', 'yellow', 'green'] as const;

/** With colours, or the plain text. */
export function createStyle(colours: boolean): Style {
  const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    colours && text !== '' ? styleText(format, text, { validateStream: false }) : text;
  return {
    dim: paint('dim'),
    bold: paint('bold'),
    good: paint('green'),
    bad: paint('red'),
    warn: paint('yellow'),
    name: (text) => paint(nameColours[hash(text) % nameColours.length] ?? 'cyan')(text),
  };
}

/**
 * Whether to colour what goes to a stream: only on a terminal, and not when `NO_COLOR` is set to anything or `TERM`
 * is `dumb`. See https://no-color.org.
 */
export function wantsColours(
  stream: { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

function hash(text: string): number {
  let sum = 0;
  for (const letter of text.trim()) sum = (sum * 31 + (letter.codePointAt(0) ?? 0)) % 65_521;
  return sum;
}
