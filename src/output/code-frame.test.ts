import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { KdevError } from '../core/error.ts';
import { codeFrame } from './code-frame.ts';
import { errorText } from './error-text.ts';
import { createStyle } from './style.ts';

const plain = createStyle(false);
const text = Array.from({ length: 12 }, (_, index) => `line ${index + 1}`).join('\n');

describe('a code frame', () => {
  it('shows two lines before and after, and underlines the word', () => {
    expect(codeFrame({ text, line: 9, column: 6 }, plain)).toEqual([
      '        7 │ line 7',
      '        8 │ line 8',
      '     >  9 │ line 9',
      '          │      ^',
      '       10 │ line 10',
      '       11 │ line 11',
    ]);
  });

  it.each([
    ['a quoted text', "  restart: 'a b',", 12, '           ^^^^^'],
    ['a key', '\tsnyc: {}', 2, '  ^^^^'],
    ['a bracket', 'a: [', 4, '   ^'],
    ['the end of a line', 'a: ', 4, '   ^'],
  ])('underlines %s', (_, line, column, underline) => {
    expect(codeFrame({ text: line, line: 1, column }, plain)[1]).toBe(`         │ ${underline}`);
  });

  it('underlines nothing without a column, or with one that the line does not have', () => {
    expect(codeFrame({ text: 'abc', line: 1 }, plain)).toEqual(['     > 1 │ abc']);
    expect(codeFrame({ text: 'abc', line: 1, column: 90 }, plain)).toEqual(['     > 1 │ abc']);
  });

  it('is empty where the text has no such line', () => {
    expect(codeFrame({ text: 'abc', line: 2, column: 1 }, plain)).toEqual([]);
  });

  it('cuts what is wider than the terminal, around the place', () => {
    const long = `${'a'.repeat(200)} wrong ${'b'.repeat(200)}`;
    const frame = codeFrame({ text: `${long}\n${long}`, line: 1, column: 202 }, plain, 60);
    expect(frame.every((line) => line.length <= 60)).toBe(true);
    const at = frame[1]?.indexOf('^^^^^') ?? 0;
    expect(frame[0]?.slice(at, at + 5)).toBe('wrong');
  });

  it('lets nothing through that a terminal would take for a command', () => {
    const [line] = codeFrame({ text: 'a\x1b]0;title\x07b\x1b[2Jc', line: 1 }, plain);
    expect(line).toBe('     > 1 │ abc');
  });

  it('has colours that change nothing of its text', () => {
    const place = { text, line: 9, column: 6 };
    const coloured = codeFrame(place, createStyle(true));
    expect(coloured.join('')).toContain('\x1b[31m^');
    expect(coloured.map(stripVTControlCharacters)).toEqual(codeFrame(place, plain));
  });
});

it('an error shows the frame of its source below the place', () => {
  const error = new KdevError({
    code: 'config-invalid',
    fault: 'user',
    what: 'Wrong.',
    why: 'So it is.',
    where: 'a.ts:1',
    source: { text: 'abc', line: 1, column: 1 },
  });
  expect(errorText(error, plain, false, 80)).toBe(
    [
      '✗ Wrong.  config-invalid',
      '  at   a.ts:1',
      '',
      '     > 1 │ abc',
      '         │ ^^^',
      '',
      '  why  So it is.',
    ].join('\n'),
  );
});
