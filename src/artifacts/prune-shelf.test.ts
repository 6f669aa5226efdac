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

/** As long as a digest, so that no mount of the machine has it in its name by chance. */
const nameOf = (index: number): string => `artifact-${process.pid}-number-${index}`;

async function put(name: string, hoursAgo: number): Promise<void> {
  await mkdir(path.join(shelf, name));
  await utimes(path.join(shelf, name), new Date(), new Date(now - hoursAgo * hour));
}

test('of one kind, the eight that were last asked for stay', async () => {
  for (let index = 1; index <= 11; index++) await put(nameOf(index), 24 * index);
  await pruneShelf(shelf, now);
  expect((await readdir(shelf)).sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map(nameOf));
});

test('what was asked for within the hour stays, however many there are, and so do locks', async () => {
  for (let index = 1; index <= 11; index++) await put(nameOf(index), index === 11 ? 2 : 0.5);
  await put(`${nameOf(11)}.lock`, 48);
  await pruneShelf(shelf, now);
  expect(await readdir(shelf)).toHaveLength(11);
  expect(await readdir(shelf)).toContain(`${nameOf(11)}.lock`);
  expect(await readdir(shelf)).not.toContain(nameOf(11));
});

test('what is mounted stays', async () => {
  for (let index = 1; index <= 9; index++) await put(nameOf(index), 24 * index);
  const oldest = path.join(shelf, nameOf(9));
  const mount = promisify(execFile);
  await mount('mount', ['--bind', oldest, oldest]);
  try {
    await pruneShelf(shelf, now);
    expect(await readdir(shelf)).toHaveLength(9);
  } finally {
    await mount('umount', [oldest]);
  }
});
