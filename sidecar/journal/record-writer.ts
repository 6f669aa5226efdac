import { writeFully } from '../files/staged-content.ts';
import { contentBytes, contentRecord } from './record.ts';

/** Small records are gathered up to here before they are written. */
const gatherBytes = 512 * 1024;

/** Writes records one behind the other; a batch of many files costs few writes. */
export class RecordWriter {
  /** Of the next record, in the file. */
  position: number;
  readonly #fd: number;
  #held: Buffer[] = [];
  #size = 0;

  constructor(fd: number, position: number) {
    this.#fd = fd;
    this.position = position;
  }

  add(record: Buffer): void {
    this.#held.push(record);
    this.#size += record.length;
    this.position += record.length;
    if (this.#size >= gatherBytes) this.flush();
  }

  /** Every record but the last of a file is full, so that a reader finds each by its number. */
  addContent(content: Iterable<Uint8Array>): void {
    let held: Uint8Array[] = [];
    let size = 0;
    for (let piece of content) {
      while (size + piece.length >= contentBytes) {
        const cut = contentBytes - size;
        this.add(contentRecord(Buffer.concat([...held, piece.subarray(0, cut)])));
        held = [];
        size = 0;
        piece = piece.subarray(cut);
      }
      if (piece.length > 0) held.push(piece);
      size += piece.length;
    }
    if (size > 0) this.add(contentRecord(Buffer.concat(held, size)));
  }

  flush(): void {
    if (this.#size === 0) return;
    const bytes = Buffer.concat(this.#held, this.#size);
    writeFully(this.#fd, bytes, this.position - this.#size);
    this.#held = [];
    this.#size = 0;
  }
}
