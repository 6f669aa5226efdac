import { expect, it } from 'vitest';
import { printable } from './printable.ts';

it.each([
  ['plain text, also ünïcödé 🎉\tand tabs', 'plain text, also ünïcödé 🎉\tand tabs'],
  ['\x1b[31mred\x1b[0m', 'red'],
  ['\x1b]0;title\x07after', 'after'],
  ['\x1b]52;c;cGFzdGU=\x1b\\after', 'after'],
  ['\x1b[2J\x1b[Hcleared', 'cleared'],
  ['\x1bPq#0\x1b\\after', 'after'],
  ['\x1bcreset', 'reset'],
  ['\x1b(0line drawing', 'line drawing'],
  ['\x9b31mC1', '\u{fffd}31mC1'],
  ['back\x08space', 'back\u{fffd}space'],
  ['line\r', 'line'],
  ['an unfinished \x1b[', 'an unfinished '],
  ['\u202eevil', '\u{fffd}evil'],
])('makes %j harmless', (text, expected) => {
  expect(printable(text)).toBe(expected);
});

it('keeps colours where they may be, ends them, and still drops everything else', () => {
  expect(printable('\x1b[1;31mred\x1b[2Jx', true)).toBe('\x1b[1;31mredx\x1b[0m');
  expect(printable('no colour', true)).toBe('no colour');
});
