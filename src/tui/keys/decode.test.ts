import { describe, expect, it } from 'vitest';
import { decodeKeys } from './decode.ts';

function names(input: string, final = false): readonly string[] {
  return decodeKeys(input, final).keys.map(({ name, text }) => (text === '' ? name : `${name} ${text}`));
}

describe('keys', () => {
  it.each([
    ['q', ['text q']],
    ['\x03', ['ctrl c']],
    ['\x1a', ['ctrl z']],
    ['\r', ['enter']],
    ['\t', ['tab']],
    ['\x7f', ['backspace']],
    ['\x1b[A', ['up']],
    ['\x1bOB', ['down']],
    ['\x1b[1;5C', ['right']],
    ['\x1b[5~', ['pageup']],
    ['\x1b[6;2~', ['pagedown']],
    ['\x1b[H', ['home']],
    ['\x1b[4~', ['end']],
    ['\x1b[Z', ['backtab']],
    ['é漢😀', ['text é', 'text 漢', 'text 😀']],
    ['jj\x1b[Bq', ['text j', 'text j', 'down', 'text q']],
    ['\x03\x03', ['ctrl c', 'ctrl c']],
    ['\x1b[200~q\nr\x1b[201~x', ['paste q\nr', 'text x']],
    // Nothing that anybody asked for: a mouse, the terminal's answer to a question.
    ['\x1b[24;80R', []],
  ])('%j is %j', (input, expected) => {
    expect(names(input)).toEqual(expected);
  });

  it('wait for the rest of a sequence, and are an escape when none comes', () => {
    expect(decodeKeys('\x1b')).toEqual({ keys: [], rest: '\x1b' });
    expect(decodeKeys('x\x1b[1')).toEqual({ keys: [{ name: 'text', text: 'x' }], rest: '\x1b[1' });
    expect(names('\x1b', true)).toEqual(['escape']);
    expect(names('\x1b[', true)).toEqual(['escape']);
    expect(names('\x1bq')).toEqual(['escape', 'text q']);
  });
});
