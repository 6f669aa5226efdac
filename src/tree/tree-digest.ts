import { createHash } from 'node:crypto';
import type { TreeEntry } from '../core/entry.ts';

/**
 * A digest of a set of paths that costs one hash per changed path to keep up to date: the sum, modulo 2^256, of
 * the SHA-256 of each path with its entry. The order of changes does not matter; equal sets have equal digests.
 * Both sides compute it over absolute container paths.
 */
export class TreeDigest {
  readonly #words = new BigUint64Array(4);
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
    return Array.from(this.#words, (word) => word.toString(16).padStart(16, '0')).join('');
  }

  #combine(path: string, entry: TreeEntry, sign: 1 | -1): void {
    const hash = createHash('sha256').update(describe(path, entry)).digest();
    let carry = 0n;
    for (let index = 3; index >= 0; index--) {
      const word = hash.readBigUInt64BE(index * 8);
      const current = this.#words[index] ?? 0n;
      const next = sign === 1 ? current + word + carry : current - word - carry;
      carry = sign === 1 ? next >> 64n : next < 0n ? 1n : 0n;
      this.#words[index] = BigInt.asUintN(64, next);
    }
    this.#size += sign;
  }
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
