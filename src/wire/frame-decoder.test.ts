import { deflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeDataHeader, encodeMessage, encodeSqueezedHeader, type Frame } from './frame.ts';
import { FrameDecoder } from './frame-decoder.ts';
import { chunkBytes, maxFrameBytes } from './messages.ts';

type Sent =
  | { readonly type: 'message'; readonly json: unknown }
  | { readonly type: 'data'; readonly index: number; readonly bytes: Uint8Array };

const frames: fc.Arbitrary<Sent[]> = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('message' as const), json: fc.jsonValue() }),
    fc.record({
      type: fc.constant('data' as const),
      index: fc.nat(0xffffffff),
      bytes: fc.uint8Array({ maxLength: 300 }),
    }),
  ),
  { maxLength: 12 },
);

function encode(sent: readonly Sent[]): Buffer {
  const parts = sent.flatMap((frame) =>
    frame.type === 'message'
      ? [encodeMessage(frame.json)]
      : [encodeDataHeader(frame.index, frame.bytes.length), frame.bytes],
  );
  return Buffer.concat(parts);
}

function decode(chunks: readonly Buffer[]): Frame[] {
  const decoder = new FrameDecoder();
  return chunks.flatMap((chunk) => [...decoder.push(chunk)]);
}

function comparable(frame: Frame | Sent): unknown {
  return frame.type === 'message'
    ? JSON.parse(JSON.stringify(frame.json))
    : { index: frame.index, bytes: [...frame.bytes] };
}

/** The same bytes, cut anywhere and as often as one likes. */
function cut(bytes: Buffer, places: readonly number[]): Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

test('however a stream is cut into chunks, the same frames come out', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.nat(), { maxLength: 20 }), (sent, places) => {
      const received = decode(cut(encode(sent), places));
      expect(received.map(comparable)).toEqual(sent.map(comparable));
    }),
  );
});

test('byte by byte works too, and nothing of an unfinished frame comes out', () => {
  const bytes = encode([
    { type: 'message', json: { a: 1 } },
    { type: 'data', index: 7, bytes: Buffer.from('seven') },
  ]);
  const decoder = new FrameDecoder();
  const received: Frame[] = [];
  for (const byte of bytes.subarray(0, -1)) received.push(...decoder.push(Buffer.of(byte)));
  expect(received.map(comparable)).toEqual([{ a: 1 }]);
  received.push(...decoder.push(bytes.subarray(-1)));
  expect(received.length).toBe(2);
  expect(decoder.pending).toBe(0);
});

test('any bytes at all either decode or fail with one clear error', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
      try {
        decode(chunks.map((chunk) => Buffer.from(chunk)));
      } catch (thrown) {
        expect(thrown).toMatchObject({ name: 'KdevError', code: 'agent-protocol' });
      }
    }),
    { numRuns: 2000 },
  );
});

test('mutated frames either decode or fail with one clear error', () => {
  fc.assert(
    fc.property(frames, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1 }), (sent, mutations) => {
      const bytes = encode(sent);
      for (const [at, value] of mutations) if (bytes.length > 0) bytes[at % bytes.length] = value;
      try {
        decode([bytes]);
      } catch (thrown) {
        expect(thrown).toMatchObject({ name: 'KdevError', code: 'agent-protocol' });
      }
    }),
    { numRuns: 1000 },
  );
});

function squeezed(content: Buffer, claimed: number): Buffer {
  const bytes = deflateRawSync(content);
  return Buffer.concat([encodeSqueezedHeader(0, bytes.length, claimed), bytes]);
}

test('compressed content comes out as it was, and counts as it travelled', () => {
  const content = Buffer.alloc(100_000, 'again ');
  const bytes = squeezed(content, content.length);
  const [frame] = decode([bytes.subarray(0, 20), bytes.subarray(20)]);
  expect(frame).toMatchObject({ type: 'data', index: 0, wireBytes: bytes.length - 13 });
  expect(frame?.type === 'data' && frame.bytes.equals(content)).toBe(true);
});

test.each([
  ['longer than the limit', Buffer.of(0xff, 0xff, 0xff, 0xff), 'a frame of 4294967295 bytes'],
  ['one byte longer than the limit', header(maxFrameBytes + 1), 'are allowed'],
  ['empty', header(0), 'a frame without a type'],
  ['of an unknown type', Buffer.concat([header(1), Buffer.of(9)]), 'the unknown type 9'],
  ['compressed without its length', Buffer.concat([header(3), Buffer.of(3, 0, 0)]), 'without its index'],
  ['compressed and claims 4 GB', squeezed(Buffer.from('x'), 0xffffffff), 'of 4294967295 bytes'],
  ['compressed and grows beyond what it claims', squeezed(Buffer.alloc(200_000), 100), 'cannot be read'],
  ['compressed and shorter than it claims', squeezed(Buffer.from('short'), 100), 'of 5 bytes'],
  [
    'compressed garbage',
    Buffer.concat([encodeSqueezedHeader(0, 4, 4), Buffer.alloc(4, 0xff)]),
    'cannot be read',
  ],
  ['no JSON', Buffer.concat([header(3), Buffer.of(1), Buffer.from('{]')]), 'a message that is no JSON'],
  ['data without an index', Buffer.concat([header(3), Buffer.of(2, 0, 0)]), 'without its index'],
])('a frame that is %s is refused as soon as that is known', (_, bytes, words) => {
  expect(() => decode([bytes])).toThrow(words);
});

test('a data frame with more content than allowed is refused, and one at the limit is not', () => {
  const content = Buffer.alloc(chunkBytes + 1);
  const over = Buffer.concat([header(content.length + 5), Buffer.of(2, 0, 0, 0, 0), content]);
  expect(() => decode([over])).toThrow('a data frame of');
  const atLimit = decode([encodeDataHeader(0, chunkBytes), content.subarray(1)]);
  expect(atLimit).toMatchObject([{ type: 'data', index: 0 }]);
});

test('a long frame that was only announced takes no memory', () => {
  const decoder = new FrameDecoder();
  expect([...decoder.push(header(maxFrameBytes))]).toEqual([]);
  expect(decoder.pending).toBe(4);
});

test('names that are not UTF-8 survive as lone surrogates', () => {
  const json = { path: '/app/raw\udcff' };
  expect(decode([encodeMessage(json)])).toEqual([{ type: 'message', json }]);
});

test('a message too long for a frame is not even encoded', () => {
  expect(() => encodeMessage({ text: 'x'.repeat(maxFrameBytes) })).toThrow('does not fit in one frame');
});

function header(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}
