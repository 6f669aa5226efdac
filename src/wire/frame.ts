import { chunkBytes, maxFrameBytes } from './messages.ts';
import { wireError } from './wire-error.ts';

/**
 * What travels: u32be length of what follows, u8 type, then JSON in UTF-8 (1) or the u32be index of a batch's entry
 * and bytes of its content (2), or the index, the u32be length of the content and that content deflated (3, RFC 1951).
 */
export type Frame =
  | { readonly type: 'message'; readonly json: unknown }
  | { readonly type: 'data'; readonly index: number; readonly bytes: Buffer; readonly wireBytes: number };

export const frameTypes = { message: 1, data: 2, squeezed: 3 } as const;
export const lengthBytes = 4;

/** One JSON message as one frame. @throws KdevError `agent-protocol` when it is longer than `maxFrameBytes`. */
export function encodeMessage(message: unknown): Buffer {
  const text = JSON.stringify(message);
  const size = Buffer.byteLength(text) + 1;
  if (size > maxFrameBytes) throw wireError(`a message of ${size} bytes does not fit in one frame`);
  const frame = Buffer.allocUnsafe(lengthBytes + size);
  frame.writeUInt32BE(size, 0);
  frame.writeUInt8(frameTypes.message, lengthBytes);
  frame.write(text, lengthBytes + 1);
  return frame;
}

/** What goes before `length` bytes of content; the content itself is written as it is. */
export function encodeDataHeader(index: number, length: number): Buffer {
  if (length > chunkBytes)
    throw new RangeError(`a data frame holds at most ${chunkBytes} bytes, not ${length}`);
  const header = Buffer.allocUnsafe(lengthBytes + 5);
  header.writeUInt32BE(length + 5, 0);
  header.writeUInt8(frameTypes.data, lengthBytes);
  header.writeUInt32BE(index, lengthBytes + 1);
  return header;
}

/** What goes before `length` bytes that `contentLength` bytes of content were deflated to. */
export function encodeSqueezedHeader(index: number, length: number, contentLength: number): Buffer {
  const header = Buffer.allocUnsafe(lengthBytes + 9);
  header.writeUInt32BE(length + 9, 0);
  header.writeUInt8(frameTypes.squeezed, lengthBytes);
  header.writeUInt32BE(index, lengthBytes + 1);
  header.writeUInt32BE(contentLength, lengthBytes + 5);
  return header;
}
