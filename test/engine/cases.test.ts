import {
  appendFileSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  watch,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { waitFor } from '../agent/wait-for.ts';
import { Engine } from './engine.ts';

vi.setConfig({ testTimeout: 120_000 });

let engine: Engine;
// On a new machine sshd, Node and the restarter are fetched and compiled first.
beforeAll(async () => {
  engine = await Engine.start();
}, 600_000);
afterAll(() => engine.stop());

const local = (name: string): string => engine.local(name);
const there = (name: string): string => engine.there(name);
const starts = (): number => engine.pod.container.read('/starts')?.trim().split('\n').length ?? 0;

beforeEach(() => engine.beginAnew());

it('F9, S8: a link that leads out of the tree is a link, and what lies behind it is nobody’s business', async () => {
  mkdirSync(path.join(engine.elsewhere, 'shared'));
  writeFileSync(path.join(engine.elsewhere, 'shared/secret'), 'one');
  symlinkSync(path.join(engine.elsewhere, 'shared'), local('shared'));
  await engine.rest();
  writeFileSync(path.join(local('shared'), 'secret'), 'two');
  writeFileSync(local('next'), 'x');
  await engine.rest();
  expect(readlinkSync(there('shared'))).toBe(path.join(engine.elsewhere, 'shared'));
  expect(engine.pod.container.read(path.join(engine.elsewhere, 'shared/secret'))).toBeUndefined();
});

it('A26, A04, S6: what somebody edits in the container is put back and told, and the local tree is never touched', async () => {
  writeFileSync(local('page'), 'mine');
  writeFileSync(local('style'), 'mine too');
  await engine.rest();
  writeFileSync(there('page'), 'theirs, and newer');
  rmSync(there('style'));
  await waitFor('a word about it', () => engine.daemon.named('problem').some(({ code }) => code === 'drift'));
  await engine.rest();
  expect(readFileSync(local('page'), 'utf8')).toBe('mine');
  expect(readFileSync(local('style'), 'utf8')).toBe('mine too');
});

it('A48: what the app writes beside its code stays, restarts nothing and never comes back', async () => {
  const before = starts();
  try {
    for (let line = 0; line < 20; line++) appendFileSync(there('app.log'), `line ${line}\n`);
    mkdirSync(there('cache'));
    writeFileSync(there('cache/module.py'), 'made by the app');
    writeFileSync(local('page'), 'saved meanwhile');
    await waitFor('the save', () => engine.pod.container.read('/app/page') === 'saved meanwhile');
    expect(engine.pod.container.read('/app/cache/module.py')).toBe('made by the app');
    expect(engine.pod.container.read('/app/app.log')).toContain('line 19');
    expect(starts()).toBe(before);
  } finally {
    rmSync(there('app.log'), { force: true });
    rmSync(there('cache'), { recursive: true, force: true });
  }
});

it('A49: a watcher in the container hears once of each save, under the file’s own name', async () => {
  const heard: string[] = [];
  const watcher = watch(there('.'), (event, name) => heard.push(`${event} ${name}`));
  try {
    for (const content of ['one', 'two and longer', 'three']) {
      const before = heard.length;
      // In one step, as a save that is seen half-written is two.
      writeFileSync(path.join(engine.elsewhere, 'page'), content);
      renameSync(path.join(engine.elsewhere, 'page'), local('page'));
      await engine.rest();
      await waitFor('an event', () => heard.slice(before).some((each) => each.endsWith(' page')));
    }
    const ofPage = heard.filter((each) => each.endsWith(' page'));
    expect(ofPage.filter((each) => each.startsWith('rename'))).toHaveLength(3);
  } finally {
    watcher.close();
  }
});

it('A09, R5, A28: what changed while the daemon was dead, killed in the middle of a batch, is there after its next start', async () => {
  engine.pod.gate.cutAfter('up', 3, true);
  for (let index = 0; index < 300; index++) writeFileSync(local(`file-${index}`), `${index} `.repeat(5_000));
  await waitFor('the batch to be on its way', () => !engine.pod.gate.armed);
  await engine.daemon.kill();
  for (let index = 0; index < 20; index++) {
    rmSync(local(`file-${index}`));
    writeFileSync(local(`file-${index + 20}`), 'edited while nobody watched');
  }
  await engine.startDaemon();
  await engine.rest(30_000);
});

it('A29: a session of an older term stops writing when a newer one has the pod', async () => {
  const older = engine.daemon;
  await engine.startDaemon();
  await engine.rest();
  await waitFor(
    'the older one to stop',
    async () => (await older.status()).replicas[0]?.state === 'superseded',
  );
  writeFileSync(local('page'), 'of the newer');
  await engine.rest();
  await older.stop();
});

it('R1, R6, A10: container, agent and app killed in turn, each with an edit meanwhile, run the last edit', async () => {
  for (const kill of [
    () => engine.pod.restartContainer(),
    () => engine.pod.restartAgent(),
    () => engine.pod.container.kill().then(() => engine.pod.restartContainer()),
  ]) {
    const killed = kill();
    writeFileSync(local('main.py'), `print("${starts()} starts")\n`);
    await killed;
    await engine.rest(30_000);
  }
});
