import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { removeTree } from './remove-tree.ts';

/** So many of one kind stay, the last used first: what a person goes back and forth between. */
const kept = 8;
/** What was asked for within this time may be about to be used, ms. */
const restMs = 3_600_000;

/**
 * Removes artifacts of one kind that nobody has asked for lately; one that a running box has mounted stays. What
 * `provideArtifact` hands out it touches, so a folder's mtime says when it was last asked for.
 */
export async function pruneShelf(shelf: string, now = Date.now()): Promise<void> {
  const artifacts = [];
  for (const entry of await readdir(shelf, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name.includes('.')) continue;
    const facts = await stat(path.join(shelf, entry.name)).catch(() => undefined);
    if (facts) artifacts.push({ name: entry.name, usedAt: facts.mtimeMs });
  }
  const old = artifacts
    .sort((a, b) => b.usedAt - a.usedAt)
    .slice(kept)
    .filter(({ usedAt }) => now - usedAt > restMs);
  if (old.length === 0) return;
  const mounts = await allMounts();
  for (const { name } of old) {
    if (!mounts.some((text) => text.includes(name))) await removeTree(path.join(shelf, name));
  }
}

/** The mounts of every process that may be seen: boxes have mount namespaces of their own. */
async function allMounts(): Promise<readonly string[]> {
  const texts = new Set<string>();
  for (const pid of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    // A process that has ended, or somebody else's, holds no box of ours.
    texts.add(await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => ''));
  }
  return [...texts];
}
