import { crc32 } from 'node:zlib';
import { sumBlockBytes } from '../wire/messages.ts';

/** Gathers the CRC-32 of each block of what comes piece by piece, as `sums` of the wire tells them. */
export class BlockSums {
  readonly #sums: number[] = [];
  #sum = 0;
  /** Of the block that is not full yet. */
  #bytes = 0;

  add(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) {
      const part = piece.subarray(at, at + sumBlockBytes - this.#bytes);
      this.#sum = crc32(part, this.#sum);
      this.#bytes += part.length;
      at += part.length;
      if (this.#bytes === sumBlockBytes) this.#end();
    }
  }

  take(): Uint8Array {
    if (this.#bytes > 0) this.#end();
    const sums = Buffer.allocUnsafe(4 * this.#sums.length);
    for (const [index, sum] of this.#sums.entries()) sums.writeUInt32BE(sum, 4 * index);
    return sums;
  }

  #end(): void {
    this.#sums.push(this.#sum);
    this.#sum = 0;
    this.#bytes = 0;
  }
}
