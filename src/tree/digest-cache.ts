import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { KnownDigests, Observed } from './read-entry.ts';
import { type Stamp, sameStamp } from './stamp.ts';

const header = 'kdev digests 1';

/**
 * Digests by path and stamp, kept in a file between runs, so that a start reads only what changed. Like git's index
 * it never trusts an entry whose file may have changed within the tick of the clock it was read in: such racy
 * entries are not written. A file that is missing, cut short or of another version is an empty cache.
 */
export class DigestCache implements KnownDigests {
  readonly #digests: ReadonlyMap<string, { readonly stamp: Stamp; readonly digest: string }>;

  #found = 0;
  #missed = 0;

  private constructor(digests: ReadonlyMap<string, { readonly stamp: Stamp; readonly digest: string }>) {
    this.#digests = digests;
  }

  static load(file: string): DigestCache {
    try {
      return new DigestCache(parse(readFileSync(file, 'utf8')));
    } catch {
      // A cache that cannot be read only costs time.
      return new DigestCache(new Map());
    }
  }

  get size(): number {
    return this.#digests.size;
  }

  /** It knew everything that it was asked for and was asked for all that it knows: written anew it would be the same. */
  get isExact(): boolean {
    return this.#missed === 0 && this.#found === this.#digests.size;
  }

  find(path: string, stamp: Stamp): string | undefined {
    const known = this.#digests.get(path);
    if (known === undefined || !sameStamp(known.stamp, stamp)) {
      this.#missed += 1;
      return undefined;
    }
    this.#found += 1;
    return known.digest;
  }

  /** Replaces the file atomically; its directory must exist. Throws what the file system throws. */
  static save(file: string, paths: Iterable<readonly [string, Observed]>): void {
    const lines = [header];
    for (const [path, { entry, stamp, racy }] of paths) {
      if (entry.type !== 'file' || racy) continue;
      const { size, mtimeNs, ctimeNs, ino } = stamp;
      lines.push(`${entry.digest} ${size} ${mtimeNs} ${ctimeNs} ${ino} ${JSON.stringify(path)}`);
    }
    lines.push(`${lines.length - 1} entries`);
    const temporary = `${file}.${process.pid}`;
    try {
      writeFileSync(temporary, lines.join('\n'), { mode: 0o600 });
      renameSync(temporary, file);
    } finally {
      rmSync(temporary, { force: true });
    }
  }
}

const line = /^([0-9a-f]{64}) (\d+) (-?\d+) (-?\d+) (\d+) (".*")$/s;

function parse(text: string): Map<string, { stamp: Stamp; digest: string }> {
  const lines = text.split('\n');
  const last = lines.pop();
  if (lines.shift() !== header || last !== `${lines.length} entries`) return new Map();
  const digests = new Map<string, { stamp: Stamp; digest: string }>();
  for (const text of lines) {
    const [, digest, size, mtimeNs, ctimeNs, ino, path] = line.exec(text) ?? [];
    if (digest === undefined || path === undefined || ino === undefined) return new Map();
    const stamp = {
      size: Number(size),
      mtimeNs: BigInt(mtimeNs ?? 0),
      ctimeNs: BigInt(ctimeNs ?? 0),
      ino: BigInt(ino),
    };
    digests.set(JSON.parse(path) as string, { stamp, digest });
  }
  return digests;
}
