import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Containers } from './container.ts';
import { descendantsOf, isAlive } from './processes.ts';
import { until } from './until.ts';

const containers = new Containers();
afterEach(() => containers.removeAll());

const script = ['sh', '-c', '. ./app'] as const;

test('an app that crashes is held and the next restart heals it', async () => {
  const container = await containers.startWith({ argv: script });
  const app = path.join(container.dir, 'app');
  await writeFile(app, 'exit 7\n');
  await container.open();
  const held = await container.agent.state('held');
  expect(held).toEqual({ state: 'held', exit: { code: 7, signal: null } });
  expect(await isAlive(container.pid)).toBe(true);
  const said =
    /`sh -c \. \.\/app` ended with code 7 after \d+\.\d s; the container is kept and the next save starts it again\n/;
  await until('the restarter says so', () => said.test(container.errors));

  await writeFile(app, 'exec sleep 1000\n');
  const result = await container.agent.request('restart', { graceMs: 5000 });
  expect(result).toMatchObject({ ok: true, killed: 0 });
  expect(result).not.toHaveProperty('oldPid');
  expect(await container.agent.state('running')).toMatchObject({ pid: result['newPid'], exit: { code: 7 } });
});

test('an app that ends well is held as well, and opening starts it again', async () => {
  const container = await containers.startWith({ argv: script });
  await writeFile(path.join(container.dir, 'app'), 'exit 0\n');
  const first = await container.open();
  expect(await container.agent.state('held')).toEqual({ state: 'held', exit: { code: 0, signal: null } });
  expect(await container.open()).not.toBe(first);
});

test('an app that a signal ended is told with the signal’s name', async () => {
  const container = await containers.start('sleep', '1000');
  process.kill(await container.open(), 'SIGSEGV');
  expect((await container.agent.state('held')).exit).toEqual({ code: null, signal: 'SIGSEGV' });
  await container.said('was ended by SIGSEGV');
});

test('what a crashed app leaves behind is killed, as the end of a container would do it', async () => {
  const container = await containers.start(
    'sh',
    '-c',
    '(setsid sh -c "trap \'\' TERM; echo \\$\\$ > stray; while :; do sleep 0.05; done" &); while ! [ -s stray ]; do sleep 0.01; done; exit 3',
  );
  await container.open();
  const stray = await container.pidIn('stray');
  await container.agent.state('held');
  await until('the stray process ends', async () => !(await isAlive(stray)));
  await until('nothing is left', async () => (await descendantsOf(container.pid)).length === 0);
});

test('orphans of a running app are collected when they end', async () => {
  const container = await containers.start(
    'sh',
    '-c',
    '(sh -c "exit 0" & sh -c "exit 1" &); echo up; exec sleep 1000',
  );
  const pid = await container.open();
  await container.printed('up\n');
  await until('only the app is left', async () => {
    const below = await descendantsOf(container.pid);
    return below.length === 1 && below[0] === pid;
  });
});

test('with KDEV_ON_CRASH=restart the app is started again by itself until it stays', async () => {
  const container = await containers.startWith({ argv: script, env: { KDEV_ON_CRASH: 'restart' } });
  const app = path.join(container.dir, 'app');
  await writeFile(
    app,
    'echo try >> tries; [ $(wc -l < tries) -lt 3 ] && exit 1; echo stays; exec sleep 1000\n',
  );
  await container.open();
  await container.printed('stays\n');
  const states = () =>
    container.agent.lines
      .filter((line) => line.type === 'app')
      .map((line) => (line['app'] as { state: string }).state);
  await until('the agent has heard of the third start', () => states().length >= 5);
  expect(states()).toEqual(['running', 'held', 'running', 'held', 'running']);
});

test('a restart does not wait for the backoff', async () => {
  const container = await containers.startWith({ argv: script, env: { KDEV_ON_CRASH: 'restart' } });
  const app = path.join(container.dir, 'app');
  await writeFile(app, 'echo try >> tries; exit 1\n');
  await container.open();
  await until('some failed starts', () => container.errors.split('is started again').length > 3);
  await writeFile(app, 'exec sleep 1000\n');
  expect(await container.agent.request('restart', { graceMs: 5000 })).toMatchObject({ ok: true });
  expect((await container.agent.state('running')).pid).toEqual(expect.any(Number));
});

test.each([
  ['exit 0', 0],
  ['exit 9', 9],
  ['kill -KILL $$', 137],
])('with KDEV_ON_CRASH=exit the container ends as the app does: %s → %d', async (text, code) => {
  const container = await containers.startWith({ argv: script, env: { KDEV_ON_CRASH: 'exit' } });
  await writeFile(path.join(container.dir, 'app'), `${text}\n`);
  await container.agent.registration();
  container.agent.send({ type: 'open', id: 1 });
  expect(await container.ended).toEqual({ code, signal: null });
});

test('with KDEV_ON_CRASH=exit a restart is no end', async () => {
  const container = await containers.startWith({ argv: ['sleep', '1000'], env: { KDEV_ON_CRASH: 'exit' } });
  await container.open();
  expect(await container.agent.request('restart', { graceMs: 5000 })).toMatchObject({ ok: true });
  expect(await isAlive(container.pid)).toBe(true);
});

test('with KDEV_ON_CRASH=exit a command that is not there ends the container as in a shell', async () => {
  const container = await containers.startWith({ argv: ['./missing'], env: { KDEV_ON_CRASH: 'exit' } });
  await container.agent.registration();
  container.agent.send({ type: 'open', id: 1 });
  expect((await container.ended).code).toBe(127);
});

test('another KDEV_ON_CRASH is a usage error that names the three', async () => {
  const container = await containers.startWith({ argv: ['true'], env: { KDEV_ON_CRASH: 'keep' } });
  expect((await container.ended).code).toBe(2);
  expect(container.errors).toContain('KDEV_ON_CRASH is "keep"; expected hold, restart or exit');
});
