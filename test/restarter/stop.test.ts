import { afterEach, expect, test } from 'vitest';
import { Containers } from './container.ts';
import { isAlive } from './processes.ts';

const containers = new Containers();
afterEach(() => containers.removeAll());

const polite = "trap 'echo bye; exit 5' TERM; echo up; while :; do sleep 0.02; done";

test('a container that is stopped at the gate ends at once', async () => {
  const container = await containers.start('sleep', '1000');
  await container.agent.registration();
  container.process.kill('SIGTERM');
  expect(await container.ended).toEqual({ code: 143, signal: null });
});

test('a container that is stopped while the app is held ends at once', async () => {
  const container = await containers.start('false');
  await container.open();
  await container.agent.state('held');
  container.process.kill('SIGTERM');
  expect((await container.ended).code).toBe(143);
});

test('a stopped container gives the app its own stop and ends with its code', async () => {
  const container = await containers.start('sh', '-c', polite);
  await container.open();
  await container.printed('up\n');
  container.process.kill('SIGTERM');
  expect((await container.ended).code).toBe(5);
  expect(container.output).toContain('bye\n');
});

test('an app that the stop signal itself ends makes 128 and the signal', async () => {
  const container = await containers.start('sleep', '1000');
  await container.open();
  container.process.kill('SIGINT');
  expect((await container.ended).code).toBe(130);
});

test('nothing of the app outlives a stopped container', async () => {
  const container = await containers.start(
    'sh',
    '-c',
    '(setsid sh -c "trap \'\' TERM; echo \\$\\$ > stray; while :; do sleep 0.05; done" &); exec sleep 1000',
  );
  await container.open();
  const stray = await container.pidIn('stray');
  container.process.kill('SIGTERM');
  expect((await container.ended).code).toBe(143);
  expect(await isAlive(stray)).toBe(false);
});

test('a stop during a restart leaves the app its own time and starts nothing again', async () => {
  const container = await containers.start(
    'sh',
    '-c',
    "trap 'sleep 4; echo bye; exit 5' TERM; echo up; while :; do sleep 0.02; done",
  );
  await container.open();
  await container.printed('up\n');
  container.agent.send({ type: 'restart', id: 77, graceMs: 2_000 });
  await container.agent.state('stopping');
  container.process.kill('SIGTERM');
  expect((await container.ended).code).toBe(5);
  expect(container.output).toContain('bye\n');
  expect(container.agent.lines.findLast((line) => line['id'] === 77)).toMatchObject({
    ok: false,
    code: 'stopping',
  });
});

test('other signals reach the app and stop nothing', async () => {
  const container = await containers.start(
    'sh',
    '-c',
    "trap 'echo got usr1' USR1; trap 'echo got hup' HUP; echo up; while :; do sleep 0.02; done",
  );
  const pid = await container.open();
  await container.printed('up\n');
  container.process.kill('SIGUSR1');
  await container.printed('got usr1\n');
  container.process.kill('SIGHUP');
  await container.printed('got hup\n');
  expect(container.agent.app).toEqual({ state: 'running', pid });
});
