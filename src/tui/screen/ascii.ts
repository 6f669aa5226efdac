import { widthOf } from '../text/width.ts';

const spelled: Readonly<Record<string, string>> = Object.fromEntries(
  (
    [
      ['-', '─━┄┈–—╌'],
      ['|', '│┃▏▕┊'],
      ['+', '╭╮╰╯┌┐└┘├┤┬┴┼'],
      ['*', '●◆★•'],
      ['o', '○◌◦'],
      ['~', '…'],
      ['v', '✓✔↓▼'],
      ['x', '✗✘×'],
      ['>', '▸→▶»'],
      ['<', '◂←◀«'],
      ['^', '↑▲'],
      ['@', '↻⟳'],
      ['#', '█▓▉▊▋▌▍▎■'],
      ['.', '·░▒'],
      ['"', '“”'],
      ["'", '‘’'],
    ] as const
  ).flatMap(([ascii, characters]) => [...characters].map((character) => [character, ascii])),
);

// biome-ignore lint/suspicious/noControlCharactersInRegex: everything else is left as it is
const beyond = /[^\x00-\x7f]+/g;
const segments = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** The same in cells of ASCII alone, for terminals and locales without more. */
export function toAscii(text: string): string {
  return text.replace(beyond, (run) => {
    let done = '';
    for (const { segment } of segments.segment(run)) {
      done += spelled[segment] ?? '?'.repeat(widthOf(segment));
    }
    return done;
  });
}

/** Whether a terminal shows more than ASCII; by the rules of locale(7), and Linux's console has few glyphs. */
export function wantsUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  if (env['TERM'] === 'linux') return false;
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '';
  // Without any, what opened the terminal said nothing: as good as all of them know UTF-8 by now.
  return locale === '' || /utf-?8/i.test(locale);
}
