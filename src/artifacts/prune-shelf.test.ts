import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { pruneShelf } from './prune-shelf.ts';

const now = Date.parse('2026-06-01T12:00:00Z');
const hour = 3_600_000;
let shelf = '';
beforeEach(async () => {
  shelf = await mkdtemp(path.join(tmpdir(), 'kdev-shelf-'));
});
afterEach(() => rm(shelf, { recursive: true, force: true }));

async function put(name: string, hoursAgo: number): Promise<void> {
  await mkdir(path.join(shelf, name));
  await utimes(path.join(shelf, name), new Date(), new Date(now - hoursAgo * hour));
}

test('of one kind, the eight that were last asked for stay', async () => {
  for (let index = 1; index <= 11; index++) await put(`a${index}`, 24 * index);
  await pruneShelf(shelf, now);
  expect((await readdir(shelf)).sort()).toEqual(['a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 'a8']);
});

test('what was asked for within the hour stays, however many there are, and so do locks', async () => {
  for (let index = 1; index <= 11; index++) await put(`a${index}`, index === 11 ? 2 : 0.5);
  await put('a11.lock', 48);
  await pruneShelf(shelf, now);
  expect(await readdir(shelf)).toHaveLength(11);
  expect(await readdir(shelf)).toContain('a11.lock');
  expect(await readdir(shelf)).not.toContain('a11');
});

test('what is mounted stays', async () => {
  for (let index = 1; index <= 9; index++) await put(`mounted-${process.pid}-${index}`, 24 * index);
  const oldest = path.join(shelf, `mounted-${process.pid}-9`);
  const mount = promisify(execFile);
  await mount('mount', ['--bind', oldest, oldest]);
  try {
    await pruneShelf(shelf, now);
    expect(await readdir(shelf)).toHaveLength(9);
  } finally {
    await mount('umount', [oldest]);
  }
});
