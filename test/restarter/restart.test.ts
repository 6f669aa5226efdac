import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Containers } from './container.ts';
import { descendantsOf, isAlive, runsBelow } from './processes.ts';
import { until } from './until.ts';

const containers = new Containers();
afterEach(() => containers.removeAll());

test('a restart ends the old process, starts a new one and tells both pids', async () => {
  const container = await containers.start('sleep', '1000');
  const oldPid = await container.open();
  const result = await container.agent.request('restart', { graceMs: 5000 });

  expect(result).toEqual({
    type: 'result',
    id: expect.any(Number),
    ok: true,
    oldPid,
    newPid: expect.any(Number),
    killed: 0,
    ms: expect.any(Number),
  });
  expect(await isAlive(oldPid)).toBe(false);
  expect(await descendantsOf(container.pid)).toEqual([result['newPid']]);
});

test('the agent hears stopping and running with the last exit before it hears the result', async () => {
  const container = await containers.start('sleep', '1000');
  const oldPid = await container.open();
  const before = container.agent.lines.length;
  const { newPid } = await container.agent.request('restart', { graceMs: 5000 });
  expect(container.agent.lines.slice(before)).toMatchObject([
    { type: 'app', gate: 'open', app: { state: 'stopping', pid: oldPid } },
    {
      type: 'app',
      gate: 'open',
      app: { state: 'running', pid: newPid, exit: { code: null, signal: 'SIGTERM' } },
    },
    { type: 'result', ok: true },
  ]);
});

test('R10: an app that ignores TERM gets KILL after its grace', async () => {
  const container = await containers.start('sh', '-c', "trap '' TERM; echo up; while :; do sleep 0.05; done");
  const oldPid = await container.open();
  await container.printed('up\n');
  const result = await container.agent.request('restart', { graceMs: 200 });
  expect(result).toMatchObject({ ok: true, oldPid });
  expect(result['killed']).toBeGreaterThanOrEqual(1);
  expect(await isAlive(oldPid)).toBe(false);
});

test('R12: for a user without a name it starts, restarts and ends everything its app left behind', async () => {
  const uid = 12_345;
  const script =
    "id -u; trap '' TERM; (setsid sh -c \"trap '' TERM; echo \\$\\$ > stray; exec sleep 1000\" &); echo up; while :; do sleep 0.05; done";
  const container = await containers.startWith({ argv: ['sh', '-c', script], uid });
  const registration = await container.agent.registration();
  expect(registration).toMatchObject({ uid, gid: uid });
  await container.open();
  await container.printed(`${uid}\nup\n`);
  const stray = await container.pidIn('stray');
  const result = await container.agent.request('restart', { graceMs: 200 });
  expect(result).toMatchObject({ ok: true });
  expect(await isAlive(stray)).toBe(false);
});

test('without grace the app gets KILL at once', async () => {
  const container = await containers.start(
    'sh',
    '-c',
    "trap 'echo asked' TERM; echo up; while :; do sleep 0.05; done",
  );
  await container.open();
  await container.printed('up\n');
  expect(await container.agent.request('restart', { graceMs: 0 })).toMatchObject({ ok: true });
  expect(container.output).not.toContain('asked');
});

test('R11: a child that left the session, was orphaned and ignores TERM is ended too', async () => {
  const stray = "trap '' TERM HUP; echo $$ > stray; while :; do sleep 0.05; done";
  const container = await containers.start(
    'sh',
    '-c',
    `(setsid sh -c "${stray.replaceAll('$', '\\$')}" &) ; exec sleep 1000`,
  );
  await container.open();
  const stranger = await container.pidIn('stray');
  const result = await container.agent.request('restart', { graceMs: 150 });
  expect(result).toMatchObject({ ok: true });
  expect(result['killed']).toBeGreaterThanOrEqual(1);
  expect(await isAlive(stranger)).toBe(false);
});

test('R11: grandchildren of a Node process that changed its title are ended too', async () => {
  const grandchild =
    "process.title='x) R 1 (';process.on('SIGTERM',()=>{});require('fs').writeFileSync('grandchild',process.pid+'\\n');setInterval(()=>{},1e3)";
  const program = `require('child_process').spawn(process.execPath,['-e',${JSON.stringify(grandchild)}],{detached:true,stdio:'ignore'}).unref();setInterval(()=>{},1e3)`;
  const container = await containers.start(process.execPath, '-e', program);
  await container.open();
  const stranger = await container.pidIn('grandchild');
  expect(await container.agent.request('restart', { graceMs: 3_000 })).toMatchObject({ ok: true, killed: 1 });
  expect(await isAlive(stranger)).toBe(false);
});

test('what a shell leaves behind gets a TERM of its own and the rest of the grace', async () => {
  const inner = "trap 'echo farewell; exit 0' TERM; echo up; while :; do sleep 0.02; done";
  const container = await containers.start('sh', '-c', `sh -c "${inner}"; echo never`);
  await container.open();
  await container.printed('up\n');
  expect(await container.agent.request('restart', { graceMs: 20_000 })).toMatchObject({
    ok: true,
    killed: 0,
  });
  await container.printed('farewell\n');
});

test('a shell that waits for its child before its trap runs is helped when half the grace is over', async () => {
  const container = await containers.start(
    'sh',
    '-c',
    "trap 'echo farewell; exit 0' TERM; echo up; sleep 1000",
  );
  await container.open();
  await until('the shell waits for its child', () => runsBelow(container.pid, 'sleep'));
  expect(await container.agent.request('restart', { graceMs: 8_000 })).toMatchObject({ ok: true, killed: 0 });
  await container.printed('farewell\n');
});

test('a process that respawns itself while it is being killed does not outlive the restart', async () => {
  const spawner =
    "trap '' TERM; while :; do (setsid sh -c \\\"trap '' TERM; exec sleep 1000\\\" &); sleep 0.002; done";
  const container = await containers.start(
    'sh',
    '-c',
    `setsid sh -c "${spawner}" & echo up; exec sleep 1000`,
  );
  await container.open();
  await container.printed('up\n');
  const result = await container.agent.request('restart', { graceMs: 30 });
  expect(result).toMatchObject({ ok: true });
});

test('restarts that arrive while the old app is still stopping share one start', async () => {
  const container = await containers.start('sh', '-c', "trap '' TERM; echo up; while :; do sleep 0.05; done");
  await container.open();
  await container.printed('up\n');
  const results = await Promise.all([
    container.agent.request('restart', { graceMs: 2_000 }),
    container.agent.request('restart', { graceMs: 60_000 }),
    container.agent.request('open'),
  ]);
  expect(results[0]).toMatchObject({ ok: true });
  expect(results[1]).toMatchObject({ ok: true, newPid: results[0]['newPid'] });
  expect(results[2]).toMatchObject({ ok: true, pid: results[0]['newPid'] });
});

test('a later restart with less patience shortens the one that runs', async () => {
  const container = await containers.start('sh', '-c', "trap '' TERM; echo up; while :; do sleep 0.05; done");
  await container.open();
  await container.printed('up\n');
  const results = await Promise.all([
    container.agent.request('restart', { graceMs: 3_600_000 }),
    container.agent.request('restart', { graceMs: 50 }),
  ]);
  expect(results[1]).toMatchObject({ ok: true, newPid: results[0]['newPid'] });
});

test('restarts one after the other each start a new process', async () => {
  const container = await containers.start('sleep', '1000');
  const pids = [await container.open()];
  for (let i = 0; i < 20; i += 1) {
    const { newPid } = await container.agent.request('restart', { graceMs: 5000 });
    pids.push(newPid as number);
  }
  expect(new Set(pids).size).toBe(21);
  expect(await descendantsOf(container.pid)).toEqual(pids.slice(-1));
});

test('a working directory that a sync replaced is entered anew', async () => {
  const container = await containers.startWith({ argv: ['sh', '-c', 'cat which; exec sleep 1000'] });
  await writeFile(path.join(container.dir, 'which'), 'first\n');
  await container.open();
  await container.printed('first\n');

  const aside = `${container.dir}.aside`;
  await rename(container.dir, aside);
  await mkdir(container.dir);
  await writeFile(path.join(container.dir, 'which'), 'second\n');
  await container.agent.request('restart', { graceMs: 5000 });
  await container.printed('second\n');
  await rm(aside, { recursive: true });
});

test('a request that is not known is refused, and a message that is not known does no harm', async () => {
  const container = await containers.start('sleep', '1000');
  const pid = await container.open();
  container.agent.send({ type: 'gossip' });
  expect(await container.agent.request('pause')).toMatchObject({ ok: false, code: 'unknown-request' });
  expect(await container.open()).toBe(pid);
});
