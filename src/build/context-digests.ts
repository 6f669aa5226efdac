import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { DigestCache } from '../tree/digest-cache.ts';
import type { KnownDigests, Observed } from '../tree/read-entry.ts';
import { sameStamp } from '../tree/stamp.ts';

/** What is known of the content of files from earlier reads of the same context, so that only what changed is read. */
export class ContextDigests {
  readonly #dir: string | undefined;
  readonly #known = new Map<string, KnownDigests>();

  /** @param dir folder that outlives this process; made when missing. @default nothing does */
  constructor(dir?: string) {
    this.#dir = dir;
  }

  /** @param root absolute */
  of(root: string): KnownDigests {
    let known = this.#known.get(root);
    if (!known) {
      known =
        this.#dir === undefined ? { find: () => undefined } : DigestCache.load(this.#file(this.#dir, root));
      this.#known.set(root, known);
    }
    return known;
  }

  remember(root: string, paths: ReadonlyMap<string, Observed>): void {
    const before = this.of(root);
    let changed = false;
    for (const [each, { entry, racy, stamp }] of paths) {
      if (entry.type === 'file' && !racy && before.find(each, stamp) === undefined) changed = true;
    }
    if (!changed) return;
    this.#known.set(root, {
      find: (each, stamp) => {
        const found = paths.get(each);
        if (found?.entry.type !== 'file' || found.racy || !sameStamp(found.stamp, stamp)) return undefined;
        return found.entry.digest;
      },
    });
    if (this.#dir === undefined) return;
    try {
      mkdirSync(this.#dir, { recursive: true });
      DigestCache.save(this.#file(this.#dir, root), paths);
    } catch {
      // A cache that cannot be written only costs time at the next start.
    }
  }

  #file(dir: string, root: string): string {
    return path.join(dir, `context-${createHash('sha256').update(root).digest('hex').slice(0, 16)}`);
  }
}
