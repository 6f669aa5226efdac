import { expect, it } from 'vitest';
import { wrap } from './wrap.ts';

it.each([
  ['a line that fits', 'one two', 'one two'],
  ['a line that does not fit, at its spaces', 'one two three four', 'one two\n  three\n  four'],
  [
    'a word that fits nowhere, which stays whole',
    'see http://localhost:8080 now',
    'see\n  http://localhost:8080\n  now',
  ],
  ['a time with its unit', 'all of 5 ms', 'all of\n  5 ms'],
  ['each of several lines for itself', 'one\ntwo three four', 'one\ntwo three\n  four'],
  ['colours, which take no room', '\x1b[31mone two\x1b[39m t', '\x1b[31mone two\x1b[39m t'],
])('breaks %s', (_, text, expected) => {
  expect(wrap(text, 9, 2)).toBe(expected);
});
