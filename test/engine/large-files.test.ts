import { randomBytes } from 'node:crypto';
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { waitFor } from '../agent/wait-for.ts';
import { Engine } from './engine.ts';
import { sendLargeFiles } from './large-files.ts';

const mebibyte = 1024 * 1024;

vi.setConfig({ testTimeout: 180_000 });

let engine: Engine;
beforeAll(async () => {
  // Keys change after each megabyte, as they do after an hour of work.
  engine = await Engine.start({ sshdConfig: 'RekeyLimit 1M\n', layerBytes: 1024 * mebibyte });
}, 600_000);
afterAll(() => engine?.stop());

// `npm run soak` does the same with 3 and 2 GiB.
it('A36: large files, sparse and not, arrive while keys change all the time, and neither side has one in its memory or on its disk twice', async () => {
  const contentBytes = 256 * mebibyte;
  const outcome = await sendLargeFiles(engine, {
    sparseBytes: 600 * mebibyte,
    contentBytes,
    deadlineMs: 150_000,
  });
  expect(outcome.differs).toEqual([]);
  expect(outcome.sparseDiskBytes).toBeLessThan(mebibyte);
  expect(outcome.journalBytes).toBeLessThan(contentBytes + 16 * mebibyte);
  expect(outcome.daemonBytes).toBeLessThan(contentBytes);
  expect(outcome.agentBytes).toBeLessThan(contentBytes);
  await engine.rest(60_000);
}, 300_000);

it('A36: over a link of one megabyte a second nothing is taken for dead, and a save does not wait for what is slow', async () => {
  const { link, container } = engine.pod;
  const problems = (): readonly string[] => engine.daemon.named('problem').map(({ code }) => code);
  const before = problems().length;
  const slow = randomBytes(6 * mebibyte);
  link.slow(mebibyte);
  try {
    writeFileSync(path.join(engine.tree, 'slow'), slow);
    await waitFor('a part of it to be on its way', () => link.passed('up') > mebibyte);
    writeFileSync(path.join(engine.tree, 'page'), 'saved meanwhile');
    await waitFor('the save', () => container.read('/app/page') === 'saved meanwhile');
    expect(container.read('/app/slow')).toBeUndefined();
    await engine.rest(60_000);
    expect(readFileSync(container.at('/app/slow')).equals(slow)).toBe(true);
    expect(problems().slice(before)).toEqual([]);
  } finally {
    link.slow(undefined);
    rmSync(path.join(engine.tree, 'slow'));
  }
}, 120_000);

it('a copy of a large file costs none of its content, wherever it is made, and is right after its original changed', async () => {
  const { container } = engine.pod;
  const content = randomBytes(3 * mebibyte);
  writeFileSync(path.join(engine.tree, 'original'), content);
  await engine.rest();
  const mark = engine.daemon.events.length;
  // By a rename, as a copy that is seen while it is written is content like any other.
  copyFileSync(engine.local('original'), path.join(engine.elsewhere, 'copy'));
  renameSync(path.join(engine.elsewhere, 'copy'), engine.local('copy'));
  await engine.rest();
  const synced = engine.daemon.events.slice(mark).filter((event) => event.event === 'synced');
  expect(synced.map(({ bytes }) => bytes)).toEqual([0]);
  expect(readFileSync(container.at('/app/copy')).equals(content)).toBe(true);
  // Nobody tells kdev of this: what it takes for the original is another file there.
  writeFileSync(container.at('/app/original'), 'theirs');
  copyFileSync(path.join(engine.tree, 'original'), path.join(engine.tree, 'another'));
  // The original is healed when the container is next compared, which is seldom where that takes long.
  await engine.rest(60_000);
  expect(readFileSync(container.at('/app/another')).equals(content)).toBe(true);
});
