import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { DigestCache } from '../tree/digest-cache.ts';
import type { Observed } from '../tree/read-entry.ts';
import type { LiveTree } from './live-tree.ts';

/** Keeps the digests of a tree for the next start. */
export function saveDigests(file: string, tree: LiveTree): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    DigestCache.save(file, observed(tree));
  } catch {
    // Without the cache the next start reads everything again; nothing else is lost.
  }
}

function* observed(tree: LiveTree): Generator<readonly [string, Observed], void, void> {
  for (const [path, { entry, stamp, racy }] of tree.walk('.')) {
    if (entry !== undefined) yield [path, { entry, mode: entry.mode, stamp, racy }];
  }
}
