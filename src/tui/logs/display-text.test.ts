import { expect, test } from 'vitest';
import { displayText } from './display-text.ts';

test.each([
  ['a line of letters', 'plain', 'plain'],
  ['a tab ends at the next multiple of eight cells', 'ab\tc', 'ab      c'],
  ['a tab behind wide characters counts their cells', '日本\tc', '日本    c'],
  ['what stands before a carriage return is overwritten', '10%\r20%\r100%\r', '100%'],
  ['a line that ends with a carriage return stays', 'windows\r', 'windows'],
  [
    'the title, the cursor and the screen are out of reach',
    '\x1b]0;owned\x07a\x1b[2Jb\x1b[10;10Hc\x1b(0d',
    'abcd',
  ],
  ['an unfinished sequence does nothing', 'a\x1b[', 'a'],
  ['sequences that begin with one character are sequences too', 'a\x9b2Jb', 'ab'],
  ['other control characters are seen', 'a\x07b\x00c', 'a\u{fffd}b\u{fffd}c'],
  ['marks that turn the direction of text around do nothing', 'a\u202eb\u2066c', 'abc'],
  ['emoji that are joined stand one by one', '👨‍👩‍👧!', '👨👩👧!'],
  ['half of a surrogate pair is seen', 'a\ud83db', 'a\u{fffd}b'],
])('%s', (_, text, plain) => {
  expect(displayText(text).plain).toBe(plain);
});

test('colours begin and end where they did', () => {
  expect(displayText('a\x1b[1;31mb\x1b[0mc')).toEqual({
    plain: 'abc',
    colours: [
      { from: 1, sgr: '1;31' },
      { from: 2, sgr: '' },
    ],
  });
});

test('colours of 256 and of 16 million are kept, in both spellings', () => {
  const sgr = (text: string) => displayText(`\x1b[${text}mx`).colours.at(-1)?.sgr;
  expect(['38;5;208', '48;2;1;2;3', '38:5:208', '38:2::1:2:3', '38:2:1:2:3'].map(sgr)).toEqual([
    '38;5;208',
    '48;2;1;2;3',
    '38;5;208',
    '38;2;1;2;3',
    '38;2;1;2;3',
  ]);
});

test('text is neither hidden nor made to blink', () => {
  expect(displayText('\x1b[8;5mx')).toEqual({ plain: 'x', colours: [] });
});

test('a progress line keeps the colour that it was printed in', () => {
  expect(displayText('\x1b[32m10%\r100%')).toEqual({ plain: '100%', colours: [{ from: 0, sgr: '32' }] });
});
