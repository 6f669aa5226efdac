import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { waitFor } from '../agent/wait-for.ts';
import { Engine } from './engine.ts';

vi.setConfig({ testTimeout: 120_000 });

// What looks like a deletion on the other side and is none: nothing of it may come back to the local tree.
let engine: Engine;
// On a new machine sshd, Node and the restarter are fetched and compiled first.
beforeAll(async () => {
  engine = await Engine.start();
}, 600_000);
afterAll(() => engine.stop());

const local = (name: string): string => engine.local(name);
const there = (name: string): string => engine.there(name);

beforeEach(async () => {
  await engine.beginAnew();
  for (const folder of ['src', 'src/deep', 'empty', 'ignored']) mkdirSync(local(folder));
  for (let index = 0; index < 40; index++) writeFileSync(local(`src/deep/${index}.txt`), `file ${index}`);
  writeFileSync(local('ignored/.env'), 'PASSWORD=secret');
  await engine.rest();
});

/** Everything about the local tree that a write would change, what is ignored included. */
function localFacts(): readonly string[] {
  const names = readdirSync(engine.tree, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => {
    const facts = lstatSync(local(name), { bigint: true });
    const content = facts.isFile() ? readFileSync(local(name), 'utf8') : '';
    return `${name} ${facts.ino} ${facts.mode} ${facts.mtimeNs} ${facts.ctimeNs} ${content}`;
  });
}

/** Somebody empties the folder and puts back what the image had there. */
function emptyMapped(): void {
  for (const name of readdirSync(there('.'))) rmSync(there(name), { recursive: true });
  writeFileSync(there('of-the-image'), 'x');
}

/** The pod's agent begins again without whatever it remembered. */
async function forgetJournal(): Promise<void> {
  await engine.pod.agent.kill();
  rmSync(engine.pod.agent.journalDir, { recursive: true, force: true });
  await engine.pod.agent.start();
}

describe('A01: a container that comes again under its name', () => {
  it.each([
    ['with the content of its image', () => engine.pod.restartContainer()],
    [
      'with nothing that anybody remembers',
      () => Promise.all([engine.pod.restartContainer(), forgetJournal()]),
    ],
    ['with its mapped folder emptied', async () => emptyMapped()],
  ])('%s is filled and told, and the local tree is not touched', async (_how, reset) => {
    const before = localFacts();
    const mark = engine.daemon.events.length;
    await reset();
    await waitFor('a word about it', () =>
      engine.daemon.events.slice(mark).some((event) => event.event === 'app' || event.event === 'problem'),
    );
    await engine.rest(30_000);
    expect(localFacts()).toEqual(before);
  });
});

it('A02: with every memory of kdev wiped on both sides nothing is deleted, and what is ignored stays as it is', async () => {
  mkdirSync(there('ignored'), { recursive: true });
  writeFileSync(there('ignored/of-the-app'), 'theirs');
  const before = localFacts();
  await engine.daemon.kill();
  for (const name of readdirSync(engine.dir))
    if (name.startsWith('digests')) rmSync(path.join(engine.dir, name));
  await forgetJournal();
  await engine.startDaemon();
  await waitFor('everything to be in sync again', async () => (await engine.daemon.status()).inSync);
  expect(localFacts()).toEqual(before);
  expect(readdirSync(there('ignored'))).toEqual(['of-the-app']);
  rmSync(there('ignored'), { recursive: true });
  await engine.rest();
});

it('A03: a listing that fails half-way deletes nothing, here or there', async () => {
  for (let index = 0; index < 3_000; index++)
    writeFileSync(local(`src/${index}-with-a-longer-name.txt`), `${index}`);
  await engine.rest(30_000);
  const before = localFacts();
  const files = (): number => readdirSync(there('src')).length;
  const all = files();
  for (const [frames, inside] of [
    [1, true],
    [2, false],
    [2, true],
    [3, true],
  ] as const) {
    await engine.daemon.kill();
    // Different, so that the container has to be listed.
    rmSync(there('src/7-with-a-longer-name.txt'), { force: true });
    await forgetJournal();
    engine.pod.gate.cutAfter('down', frames, inside);
    const seen: number[] = [];
    await engine.startDaemon();
    await waitFor('the cut', () => {
      seen.push(files());
      return !engine.pod.gate.armed;
    });
    await engine.rest(30_000);
    seen.push(files());
    expect(Math.min(...seen)).toBeGreaterThanOrEqual(all - 1);
    expect(seen.at(-1)).toBe(all);
  }
  expect(localFacts()).toEqual(before);
});

it.each([300_000, -300_000])(
  'A50: a container whose clock is off by %i ms gets every edit and deletion',
  async (offMs) => {
    const shift = `const now = Date.now; Date.now = () => now() + ${offMs};`;
    await engine.pod.agent.kill();
    await engine.pod.agent.start({
      NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shift)}`,
    });
    const theirs = new Date(Date.now() + offMs);
    for (let index = 0; index < 40; index++) utimesSync(there(`src/deep/${index}.txt`), theirs, theirs);
    rmSync(local('src/deep/1.txt'));
    rmSync(local('empty'), { recursive: true });
    writeFileSync(local('src/deep/2.txt'), 'edited');
    writeFileSync(local('src/deep/3.txt'), 'edit 3'); // of the same size
    renameSync(local('src/deep/4.txt'), local('src/moved.txt'));
    writeFileSync(local('main.py'), `print("off by ${offMs}")\n`);
    await engine.rest();
  },
);
