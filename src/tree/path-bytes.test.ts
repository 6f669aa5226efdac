import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromFsBytes, toFsPath } from './path-bytes.ts';

describe('names of files', () => {
  it('gives a path of proper text to the file system as it is', () => {
    expect(toFsPath('a/caf\u00e9/\u{1F600}')).toBe('a/caf\u00e9/\u{1F600}');
  });

  it.each([
    ['a lone byte', [0x61, 0xe9, 0x62], 'a\uDCE9b'],
    ['an overlong form', [0xc0, 0xaf], '\uDCC0\uDCAF'],
    ['an encoded surrogate', [0xed, 0xa0, 0x80], '\uDCED\uDCA0\uDC80'],
    ['a cut sequence', [0xf0, 0x9f, 0x98], '\uDCF0\uDC9F\uDC98'],
    ['a real replacement character', [0xef, 0xbf, 0xbd, 0xff], '\uFFFD\uDCFF'],
  ])('escapes %s byte by byte', (_what, bytes, text) => {
    expect(fromFsBytes(Buffer.from(bytes))).toBe(text);
    expect(Buffer.from(toFsPath(text))).toEqual(Buffer.from(bytes));
  });

  it('brings any bytes back unchanged, also through JSON', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
        const text = JSON.parse(JSON.stringify(fromFsBytes(bytes))) as string;
        expect(Buffer.from(toFsPath(text))).toEqual(Buffer.from(bytes));
      }),
    );
  });
});
