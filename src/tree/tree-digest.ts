import { hash } from 'node:crypto';
import type { TreeEntry } from '../core/entry.ts';

/**
 * A digest of a set of paths that costs one hash per changed path to keep up to date: the sum, modulo 2^256, of
 * the SHA-256 of each path with its entry. The order of changes does not matter; equal sets have equal digests.
 * Both sides compute it over absolute container paths.
 */
export class TreeDigest {
  /** The least significant first. */
  readonly #words = new Uint32Array(8);
  #size = 0;

  /** How many paths are in the set. */
  get size(): number {
    return this.#size;
  }

  add(path: string, entry: TreeEntry): void {
    this.#combine(path, entry, 1);
  }

  /** Takes out what `add` put in; path and entry must be the same as then. */
  remove(path: string, entry: TreeEntry): void {
    this.#combine(path, entry, -1);
  }

  /** 64 hex digits; all zero for the empty set. */
  toString(): string {
    return Array.from(this.#words, (word) => word.toString(16).padStart(8, '0'))
      .reverse()
      .join('');
  }

  #combine(path: string, entry: TreeEntry, sign: 1 | -1): void {
    // One character a byte: a Buffer for each path would cost more than the hash.
    const bytes = hash('sha256', describe(path, entry), 'binary');
    const words = this.#words;
    let carry = 0;
    for (let index = 0; index < words.length; index++) {
      // Numbers are exact far beyond the 33 bits that this takes.
      const sum = (words[index] ?? 0) + sign * wordAt(bytes, 28 - 4 * index) + carry;
      carry = sum >= 2 ** 32 ? 1 : sum < 0 ? -1 : 0;
      words[index] = sum;
    }
    this.#size += sign;
  }
}

/** Big-endian, unsigned. */
function wordAt(bytes: string, at: number): number {
  return (
    ((bytes.charCodeAt(at) << 24) |
      (bytes.charCodeAt(at + 1) << 16) |
      (bytes.charCodeAt(at + 2) << 8) |
      bytes.charCodeAt(at + 3)) >>>
    0
  );
}

function describe(path: string, entry: TreeEntry): string {
  switch (entry.type) {
    case 'file':
      return JSON.stringify(['file', path, entry.size, entry.exec, entry.digest]);
    case 'link':
      return JSON.stringify(['link', path, entry.target]);
    case 'dir':
      return JSON.stringify(['dir', path]);
    default:
      return entry satisfies never;
  }
}
