import { describe, expect, it } from 'vitest';
import { wantsUnicode } from './ascii.ts';
import { spellingOf } from './spelling.ts';

describe('without colours', () => {
  const spell = spellingOf({ NO_COLOR: '1', LANG: 'C.UTF-8' });
  it.each([
    ['\x1b[31mred\x1b[39m', 'red'],
    ['\x1b[1;31mred\x1b[0m', '\x1b[1mred\x1b[0m'],
    ['\x1b[38;5;196mx\x1b[48;2;1;2;3my', 'xy'],
    ['\x1b[7mchosen\x1b[27m', '\x1b[7mchosen\x1b[27m'],
    ['\x1b[1;38;5;3;4mx', '\x1b[1;4mx'],
    ['\x1b[90mgrey\x1b[m', 'grey\x1b[0m'],
  ])('%j is written %j', (text, expected) => {
    expect(spell(text)).toBe(expected);
  });
});

describe('in ASCII', () => {
  const spell = spellingOf({ LANG: 'C' });
  it.each([
    ['╭─ a ─╮', '+- a -+'],
    ['│ ● ok ✓ ✗ …', '| * ok v x ~'],
    ['漢x', '??x'],
    ['▕██░░▏', '|##..|'],
    ['\x1b[31m│\x1b[39m', '\x1b[31m|\x1b[39m'],
  ])('%j is written %j, in as many cells', (text, expected) => {
    expect(spell(text)).toBe(expected);
  });
});

describe('more than ASCII is shown', () => {
  it.each([
    [{ LANG: 'en_US.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LANG: 'C' }, false],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'POSIX' }, false],
    [{ LANG: 'C', LC_CTYPE: 'C.UTF-8' }, true],
    [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, false],
    [{}, true],
  ])('with %j: %j', (env, expected) => {
    expect(wantsUnicode(env)).toBe(expected);
  });
});
