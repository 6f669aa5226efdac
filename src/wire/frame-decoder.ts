import { inflateRawSync } from 'node:zlib';
import { messageOf } from '../core/error.ts';
import { type Frame, frameTypes, lengthBytes } from './frame.ts';
import { chunkBytes, maxFrameBytes } from './messages.ts';
import { wireError } from './wire-error.ts';

/**
 * Turns a byte stream, however it is cut into chunks, back into frames. Memory is only ever taken for bytes that
 * arrived. After an error the decoder must not be used again.
 */
export class FrameDecoder {
  #chunks: Buffer[] = [];
  #have = 0;
  #need = lengthBytes;

  /** Bytes of an unfinished frame. */
  get pending(): number {
    return this.#have;
  }

  /** @throws KdevError `agent-protocol` at an over-long frame, an unknown type or malformed JSON. */
  *push(chunk: Buffer): Generator<Frame> {
    this.#chunks.push(chunk);
    this.#have += chunk.length;
    if (this.#have < this.#need) return;
    let buffer = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#have);
    while (buffer.length >= lengthBytes) {
      const end = lengthBytes + checkedLength(buffer.readUInt32BE(0));
      if (buffer.length < end) {
        this.#keep(buffer, end);
        return;
      }
      const frame = decode(buffer.subarray(lengthBytes, end));
      buffer = buffer.subarray(end);
      this.#keep(buffer, lengthBytes);
      yield frame;
    }
    this.#keep(buffer, lengthBytes);
  }

  #keep(rest: Buffer, need: number): void {
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#have = rest.length;
    this.#need = need;
  }
}

function checkedLength(length: number): number {
  if (length < 1) throw wireError('a frame without a type');
  if (length > maxFrameBytes) {
    throw wireError(`a frame of ${length} bytes, where ${maxFrameBytes} are allowed`);
  }
  return length;
}

function decode(body: Buffer): Frame {
  const type = body[0];
  if (type === frameTypes.message) return { type: 'message', json: parseJson(body.toString('utf8', 1)) };
  if (type === frameTypes.squeezed) return inflate(body);
  if (type !== frameTypes.data) throw wireError(`a frame of the unknown type ${type}`);
  if (body.length < 5) throw wireError('a data frame without its index');
  if (body.length - 5 > chunkBytes) throw wireError(`a data frame of ${body.length - 5} bytes`);
  const bytes = body.subarray(5);
  return { type: 'data', index: body.readUInt32BE(1), bytes, wireBytes: bytes.length };
}

function inflate(body: Buffer): Frame {
  if (body.length < 9) throw wireError('a compressed frame without its index and length');
  const length = body.readUInt32BE(5);
  if (length < 1 || length > chunkBytes) throw wireError(`a compressed frame of ${length} bytes`);
  let bytes: Buffer;
  try {
    // No more memory than was announced, whatever it would grow to.
    bytes = inflateRawSync(body.subarray(9), { maxOutputLength: length });
  } catch (thrown) {
    throw wireError(`a compressed frame that cannot be read (${messageOf(thrown)})`);
  }
  if (bytes.length !== length)
    throw wireError(`a compressed frame of ${bytes.length} bytes, where ${length} were announced`);
  return { type: 'data', index: body.readUInt32BE(1), bytes, wireBytes: body.length - 9 };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wireError(`a message that is no JSON, beginning ${JSON.stringify(text.slice(0, 40))}`);
  }
}
