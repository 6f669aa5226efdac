import type { BigIntStats } from 'node:fs';

/**
 * What lstat says of a file's content without reading it. Equal stamps mean equal content unless the stamp is racy.
 */
export interface Stamp {
  /** Bytes. */
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Catches what mtime hides: `touch -r`, archives and restores that set mtime back. */
  readonly ctimeNs: bigint;
  readonly ino: bigint;
}

/**
 * A file whose ctime is this close to the moment it was read may change again within the same tick of the file
 * system's clock (at most 10 ms on Linux with HZ=100) and keep its stamp, so its content is read again next time.
 */
const racyMs = 50;

export function stampOf(stats: BigIntStats): Stamp {
  return { size: Number(stats.size), mtimeNs: stats.mtimeNs, ctimeNs: stats.ctimeNs, ino: stats.ino };
}

export function sameStamp(a: Stamp, b: Stamp): boolean {
  return a.ctimeNs === b.ctimeNs && a.mtimeNs === b.mtimeNs && a.size === b.size && a.ino === b.ino;
}

/** Whether content read at `readAt` (wall clock, ms) may differ from later content under the same stamp. */
export function isRacy(stamp: Stamp, readAt: number): boolean {
  return readAt - changedAt(stamp) < racyMs;
}

/** ctime as wall clock, ms since the epoch with a fraction. */
export function changedAt(stamp: Stamp): number {
  return Number(stamp.ctimeNs / 1000n) / 1000;
}
