import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWatcher } from '../../src/watch/create-watcher.ts';
import type { TreeWatcher } from '../../src/watch/tree-watcher.ts';
import { begin, stopSessions } from '../fakes/session.ts';

// The session over the real watcher: what it holds of a real folder that went.
let root: string;
let watcher: TreeWatcher;

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'kdev-held-'));
  mkdirSync(path.join(root, 'src'));
  for (const name of ['a.html', 'b.html', 'c.html']) writeFileSync(path.join(root, 'src', name), name);
  watcher = createWatcher({ root, scopes: [{ from: 'src', ignore: [] }] });
});

afterEach(async () => {
  await stopSessions();
  await watcher.stop();
  rmSync(root, { recursive: true, force: true });
});

async function running() {
  const made = begin({ watcher });
  await made.start();
  await made.inSync();
  expect(made.container.files.size).toBe(4);
  renameSync(path.join(root, 'src'), path.join(root, 'away'));
  await vi.waitFor(() => expect(made.session.controls.held).toHaveLength(1), { timeout: 10_000 });
  return { ...made, controls: made.session.controls };
}

it('a mapped folder that went is held, and goes in the containers when that is meant', async () => {
  const { container, controls, inSync } = await running();
  expect(controls.held).toMatchObject([{ service: 'adder', deletions: 3, asking: true }]);
  expect(container.files.size).toBe(4);
  await controls.release('adder', new AbortController().signal);
  await inSync();
  expect(container.files.size).toBe(0);
});

it('a mapped folder that comes back is held no longer, and nothing went', async () => {
  const { container, controls, inSync } = await running();
  renameSync(path.join(root, 'away'), path.join(root, 'src'));
  await vi.waitFor(() => expect(controls.held).toEqual([]), { timeout: 10_000 });
  await inSync();
  expect(container.files.size).toBe(4);
  expect(container.batches.flatMap(({ items }) => items).filter(({ op }) => op === 'delete')).toEqual([]);
});
