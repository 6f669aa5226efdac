import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { waitFor } from '../agent/wait-for.ts';
import { Engine } from './engine.ts';

vi.setConfig({ testTimeout: 240_000 });

let engine: Engine;
// On a new machine sshd, Node and the restarter are fetched and compiled first.
beforeAll(async () => {
  engine = await Engine.start({ layerBytes: 256 * 1024 * 1024 });
}, 600_000);
afterAll(() => engine.stop());

const local = (name: string): string => engine.local(name);
const there = (name: string): string => engine.there(name);

beforeEach(() => engine.beginAnew(60_000));

it('W2, X2: saves arrive in their order, and each is told as a change, then planned, then synced, then restarted', async () => {
  const mark = engine.daemon.events.length;
  const saves = 20;
  // What has to travel together, because the container was slower than the saves, arrives in the order of its names.
  const nameOf = (index: number): string => `save-${String(index).padStart(2, '0')}.txt`;
  const orders: boolean[] = [];
  let done = false;
  const reading = (async () => {
    while (!done) {
      // The newest first: whatever arrives while this reads makes the older ones only more.
      const present = Array.from({ length: saves }, (_, index) =>
        existsSync(there(nameOf(saves - 1 - index))),
      );
      orders.push(present.reverse().join() === [...present].sort((a, b) => Number(b) - Number(a)).join());
      await nextTurn();
    }
  })();
  for (let index = 0; index < saves; index++) {
    const before = engine.daemon.named('change').length;
    writeFileSync(local(nameOf(index)), `${index}`);
    await waitFor('the change', () => engine.daemon.named('change').length > before);
  }
  writeFileSync(local('main.py'), 'print("last")\n');
  await engine.rest();
  const asked = engine.daemon.named('change').at(-1)?.seq ?? 0;
  await waitFor('the restart', () => engine.daemon.named('restarted').some(({ seq }) => seq >= asked));
  done = true;
  await reading;
  expect(orders).not.toContain(false);

  const events = engine.daemon.events.slice(mark);
  const numbered = events.flatMap((event) => ('seq' in event ? [event] : []));
  const places = (name: string, seq: number): number =>
    numbered.findIndex((event) => event.event === name && (event.seq ?? 0) >= seq);
  const seqs = numbered.flatMap((event) => (event.event === 'change' ? [event.seq] : []));
  expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  for (const seq of seqs) {
    const stages = ['change', 'plan', 'synced'].map((name) => places(name, seq));
    expect(stages).not.toContain(-1);
    expect(stages).toEqual([...stages].sort((a, b) => a - b));
  }
  const last = seqs.at(-1) ?? 0;
  expect(places('restarted', last)).toBeGreaterThan(places('plan', last));
});

it('A32: a file that nobody touched since the start arrives like any other', async () => {
  for (let folder = 0; folder < 40; folder++) {
    mkdirSync(local(`d${folder}`));
    for (let file = 0; file < 25; file++) writeFileSync(local(`d${folder}/${file}`), `${file}`);
  }
  await engine.rest(30_000);
  await engine.daemon.kill();
  await engine.startDaemon();
  await engine.rest(30_000);
  for (let folder = 0; folder < 40; folder += 2) {
    writeFileSync(local(`d${folder}/${folder % 25}`), 'warm now');
    await engine.rest();
  }
});

it.each(['a slow link', 'a limit of its own'])(
  'F21: with %s a save passes a large file, and both arrive',
  async (what) => {
    const { link } = engine.pod;
    const bytesPerSecond = 1_000_000;
    if (what === 'a slow link') link.slow(bytesPerSecond);
    else {
      link.slow(1_000 * bytesPerSecond);
      await engine.daemon.kill();
      await engine.startDaemon(bytesPerSecond);
      await engine.rest();
    }
    try {
      const before = link.passed('up');
      // Its way is longer than anything here is waited for.
      writeFileSync(local('large.bin'), randomBytes(30_000_000));
      await waitFor('the large file to be on its way', () => link.passed('up') > before + 1_000_000);
      writeFileSync(local('page'), `saved beside ${what}`);
      await waitFor('the save', () => engine.pod.container.read('/app/page') === `saved beside ${what}`);
      expect(existsSync(there('large.bin'))).toBe(false);
      link.slow(undefined);
      await engine.rest(120_000);
    } finally {
      link.slow(undefined);
    }
  },
);

it('P1: 20 000 files that are deleted at once are gone in the container', async () => {
  for (let folder = 0; folder < 100; folder++) {
    mkdirSync(local(`many/${folder}`), { recursive: true });
    for (let file = 0; file < 200; file++) writeFileSync(local(`many/${folder}/${file}.txt`), `${file}`);
  }
  await waitFor('a beginning', () => existsSync(there('many/0')));
  await engine.rest(200_000);
  expect(readdirSync(there('many/99'))).toHaveLength(200);
  rmSync(local('many'), { recursive: true });
  await engine.rest(200_000);
  expect(existsSync(there('many'))).toBe(false);
}, 480_000);
