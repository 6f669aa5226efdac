import { chmod, readFile, writeFile } from 'node:fs/promises';
import { afterEach, expect, test } from 'vitest';
import { Containers } from './container.ts';
import { descendantsOf, isAlive, processOf } from './processes.ts';

const containers = new Containers();
afterEach(() => containers.removeAll());

test('the restarter registers with the facts that the kernel has about it', async () => {
  const container = await containers.start('sleep', '1000');
  const registration = await container.agent.registration();
  const status = await readFile(`/proc/${container.pid}/status`, 'utf8');
  const line = (key: string) => status.match(new RegExp(`^${key}:[ \\t]*(.*)$`, 'm'))?.[1]?.trim() ?? '';

  expect(registration).toEqual({
    type: 'register',
    protocol: 1,
    container: 'web',
    nonce: expect.stringMatching(/^[0-9a-f]{32}$/),
    pid: container.pid,
    startTime: (await processOf(container.pid))?.startTime,
    uid: process.geteuid?.(),
    gid: process.getegid?.(),
    groups: line('Groups').split(' ').filter(Boolean).map(Number),
    capPermitted: line('CapPrm'),
    capEffective: line('CapEff'),
    fingerprint: expect.stringMatching(/^([0-9a-f]{64})?$/),
    readOnlyRoot: false,
    gate: 'shut',
    app: { state: 'waiting' },
    argv: ['sleep', '1000'],
    workingDir: container.dir,
  });
});

test('R14: nothing of the app runs before the gate is opened', async () => {
  const container = await containers.start('sleep', '1000');
  await container.agent.registration();
  expect(await descendantsOf(container.pid)).toEqual([]);

  const pid = await container.open();
  expect(await descendantsOf(container.pid)).toEqual([pid]);
  expect(await container.agent.state('running')).toEqual({ state: 'running', pid });
  expect(container.agent.lines.findLast((line) => line.type === 'app')?.['gate']).toBe('open');
});

test('opening an open gate starts nothing and tells the pid again', async () => {
  const container = await containers.start('sleep', '1000');
  const pid = await container.open();
  expect(await container.open()).toBe(pid);
  expect(await descendantsOf(container.pid)).toEqual([pid]);
});

test('a restart does not open the gate', async () => {
  const container = await containers.start('sleep', '1000');
  await container.agent.registration();
  expect(await container.agent.request('restart', { graceMs: 100 })).toMatchObject({
    ok: false,
    code: 'gate-shut',
  });
  expect(await descendantsOf(container.pid)).toEqual([]);
});

test('the app gets the environment without the restarter’s variables, the directory and the arguments as they are', async () => {
  const container = await containers.startWith({
    argv: ['sh', '-c', 'env; pwd; echo "arg=$1"; exec sleep 1000', 'sh', 'two words'],
    env: { GREETING: 'hello' },
  });
  await container.open();
  await container.printed('arg=two words\n');
  expect(container.output).toContain('GREETING=hello\n');
  expect(container.output).toContain(`${container.dir}\n`);
  expect(container.output).not.toContain('KDEV_');
});

test('a command that is not there is told by name, holds the container, and is found once it exists', async () => {
  const container = await containers.start('./late.sh');
  await container.agent.registration();
  expect(await container.agent.request('open')).toMatchObject({
    ok: false,
    code: 'start-failed',
    message: 'there is no file ./late.sh',
  });
  expect(await container.agent.state('held')).toEqual({ state: 'held' });
  expect(await isAlive(container.pid)).toBe(true);

  await writeFile(`${container.dir}/late.sh`, '#!/bin/sh\nexec sleep 1000\n', { mode: 0o755 });
  expect(await container.agent.request('restart', { graceMs: 100 })).toMatchObject({ ok: true, killed: 0 });
});

test('why a command cannot be started is said in its own words', async () => {
  const cases: [string, string, number][] = [
    ['#!/no/such/interpreter\n', 'the interpreter or loader that ./app names does not exist', 0o755],
    ['text', "./app is no program of this machine's kind and has no #! line", 0o755],
    ['#!/bin/sh\n', 'may not execute ./app (-rw-r--r--)', 0o644],
  ];
  const container = await containers.start('./app');
  await container.agent.registration();
  for (const [content, message, mode] of cases) {
    await writeFile(`${container.dir}/app`, content);
    await chmod(`${container.dir}/app`, mode);
    const result = await container.agent.request('open');
    expect(result).toMatchObject({ ok: false, code: 'start-failed' });
    expect(result['message']).toContain(message);
  }
  const missing = await containers.start('no-such-command-anywhere');
  await missing.agent.registration();
  expect((await missing.agent.request('open'))['message']).toMatch(
    /^there is no "no-such-command-anywhere" in PATH \(.+\)$/,
  );
});
