import { afterEach, expect, test } from 'vitest';
import { Containers } from './container.ts';
import { isAlive } from './processes.ts';

const containers = new Containers();
afterEach(() => containers.removeAll());

test('an agent that starts later than the restarter is found', async () => {
  const container = await containers.startWith({ argv: ['sleep', '1000'], agentListens: false });
  await container.agent.listen();
  expect(await isAlive(await container.open())).toBe(true);
});

test('the app does not notice that the agent goes away, and the restarter registers again as the same', async () => {
  const container = await containers.start('sleep', '1000');
  const pid = await container.open();
  await container.agent.vanish();
  await container.agent.listen();
  const again = await container.agent.registration(2);
  expect(again).toEqual({
    ...(await container.agent.registration(1)),
    gate: 'open',
    app: { state: 'running', pid },
  });
  expect(await isAlive(pid)).toBe(true);
});

test('what happened while the agent was away is in the next registration', async () => {
  const container = await containers.start('sleep', '1000');
  const pid = await container.open();
  await container.agent.vanish();
  process.kill(pid, 'SIGKILL');
  await container.said('was ended by SIGKILL');
  await container.agent.listen();
  expect((await container.agent.registration(2))['app']).toEqual({
    state: 'held',
    exit: { code: null, signal: 'SIGKILL' },
  });
  expect(await container.agent.request('restart', { graceMs: 5000 })).toMatchObject({ ok: true });
});

test('a restart goes on when its connection ends, and its result is not sent to the next one', async () => {
  const container = await containers.start('sh', '-c', "trap '' TERM; echo up; while :; do sleep 0.05; done");
  const pid = await container.open();
  await container.printed('up\n');
  container.agent.send({ type: 'restart', id: 99, graceMs: 3_000 });
  await container.agent.state('stopping');
  await container.agent.vanish();
  await container.printed('up\nup\n');
  await container.agent.listen();
  await container.agent.registration(2);
  const app = await container.agent.state('running');
  expect(app.pid).not.toBe(pid);
  expect(container.agent.lines.some((line) => line['id'] === 99)).toBe(false);
});

test('a connection that speaks no JSON is dropped and dialled again', async () => {
  const container = await containers.start('sleep', '1000');
  const pid = await container.open();
  container.agent.send('hello there');
  await container.agent.registration(2);
  expect(await container.open()).toBe(pid);
});

test('an agent that reads nothing does not hold up the app', async () => {
  const container = await containers.start('sleep', '1000');
  const pid = await container.open();
  container.agent.pause();
  // Far more answers than the socket's buffers take.
  for (let id = 1000; id < 21_000; id += 1) container.agent.send({ type: 'unknown', id });
  process.kill(pid, 'SIGKILL');
  await container.said('was ended by SIGKILL');
  container.process.kill('SIGTERM');
  expect((await container.ended).code).toBe(143);
});
