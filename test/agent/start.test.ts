import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { expect, test } from 'vitest';
import { agentBundle } from './agent-bundle.ts';
import { startAgent, startPod, testFolder } from './pod-fixture.ts';
import { waitFor } from './wait-for.ts';

test.each([
  ['not set', undefined],
  ['no JSON', '{'],
  ['without containers', '{"gateWaitMs":1}'],
  ['with a relative volume', '{"gateWaitMs":1,"containers":{"app":{"volumes":[{"path":"app","dir":"/x"}]}}}'],
])('an agent whose configuration is %s says so and ends with 70', async (_, config) => {
  const child = spawn(process.execPath, ['--input-type=module', '-'], {
    env: config === undefined ? {} : { KDEV_POD_CONFIG: config },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  child.stdin.end(await agentBundle());
  const [code] = (await once(child, 'close')) as [number];
  expect([code, log.includes('cannot start')]).toEqual([70, true]);
});

test('TERM ends the agent at once, and the pod is no longer ready', async () => {
  const pod = await startPod();
  await pod.session.request({ type: 'open' });
  await waitFor('readiness', () => pod.agent.isReady);
  await pod.agent.kill('SIGTERM');
  expect(pod.agent.isReady).toBe(false);
});

test('a ready file that a killed agent left is gone before the next one is reached', async () => {
  const { dir } = await testFolder();
  const agent = await startAgent({ dir });
  await agent.kill();
  writeFileSync(agent.readyFile, '');
  await agent.start();
  expect(existsSync(agent.readyFile)).toBe(false);
});

test('every user of the pod reaches the sockets, and only the agent the journal', async () => {
  const { agent } = await startPod();
  expect(statSync(agent.agentSocket).mode & 0o777).toBe(0o777);
  expect(statSync(agent.restarterSocket).mode & 0o777).toBe(0o777);
  expect(statSync(`${agent.journalDir}/app`).mode & 0o777).toBe(0o700);
});

test('hostile lines on the restarters’ socket end just their connection', async () => {
  const pod = await startPod();
  const lines = ['{}', 'x', '[]', 'null', '{"type":"register"}', '{"type":"register","protocol":9}', '\0\0'];
  for (const line of lines) {
    const socket = createConnection(pod.agent.restarterSocket);
    socket.on('error', () => undefined);
    const closed = once(socket, 'close');
    socket.write(`${line}\n`);
    await closed;
  }
  expect((await pod.session.request({ type: 'ping' })).ok).toBe(true);
});
