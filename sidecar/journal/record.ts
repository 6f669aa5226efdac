import { crc32 } from 'node:zlib';

/**
 * A journal is a sequence of records: u32be length of the body, u32be CRC-32 of the body, body. The first byte of a
 * body is its type; JSON follows, or content for `content`.
 */
export const recordTypes = {
  /** First in the file: format, container, fingerprint of the image. */
  head: 1,
  /** One step of a batch; a file's content follows in `content` records. */
  step: 2,
  content: 3,
  /** Ends a batch. Steps without it never happened. */
  commit: 4,
  /** Paths of a committed batch that could not be applied. */
  failed: 5,
  /** A session has filled the container: its gate may open without one. */
  filled: 6,
  /** Every mapping that sessions had so far, so that a replay finds its way without one. */
  mappings: 7,
  /** Run steps that the batch asks for; counts with the batch's commit. */
  owed: 8,
  /** A run step that ended well. */
  ran: 9,
  /** Content that a later step names by where it is. */
  blob: 10,
  /** Paths that the image has as the tree has them: kdev's from then on, without a step of their own. */
  adopted: 11,
} as const;

export const headerBytes = 8;
/** Longest content in one record. */
export const contentBytes = 1024 * 1024;
const maxBodyBytes = 2 * contentBytes;

export function jsonRecord(type: number, value: unknown): Buffer {
  const text = JSON.stringify(value);
  const record = Buffer.allocUnsafe(headerBytes + 1 + Buffer.byteLength(text));
  record.writeUInt8(type, headerBytes);
  record.write(text, headerBytes + 1);
  return sealed(record);
}

export function contentRecord(content: Uint8Array, type: number = recordTypes.content): Buffer {
  const record = Buffer.allocUnsafe(headerBytes + 1 + content.length);
  record.writeUInt8(type, headerBytes);
  record.set(content, headerBytes + 1);
  return sealed(record);
}

function sealed(record: Buffer): Buffer {
  record.writeUInt32BE(record.length - headerBytes, 0);
  record.writeUInt32BE(crc32(record.subarray(headerBytes)), 4);
  return record;
}

/** The body's length as a header tells it; undefined when that cannot be. */
export function bodyLength(header: Buffer): number | undefined {
  const length = header.readUInt32BE(0);
  return length >= 1 && length <= maxBodyBytes ? length : undefined;
}

export function isSound(header: Buffer, body: Buffer): boolean {
  return header.readUInt32BE(4) === crc32(body);
}
