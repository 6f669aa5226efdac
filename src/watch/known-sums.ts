import { type Stamp, sameStamp } from '../tree/stamp.ts';

/** Of large files, which few trees have many of; the oldest are forgotten. */
const maxFiles = 256;

/** What the blocks of large files sum up to, from when their digests were read. */
export class KnownSums {
  readonly #known = new Map<string, { readonly stamp: Stamp; readonly sums: Uint8Array }>();

  keep(path: string, stamp: Stamp, sums: Uint8Array): void {
    this.#known.delete(path);
    const [oldest] = this.#known.keys();
    if (oldest !== undefined && this.#known.size >= maxFiles) this.#known.delete(oldest);
    this.#known.set(path, { stamp, sums });
  }

  find(path: string, stamp: Stamp): Uint8Array | undefined {
    const known = this.#known.get(path);
    return known !== undefined && sameStamp(known.stamp, stamp) ? known.sums : undefined;
  }
}
