import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { connect, startAgent, startContainer, startPod, testFolder } from './pod-fixture.ts';
import { file } from './session-client.ts';
import { waitFor } from './wait-for.ts';

test('R14: without a journal the app waits for the session’s word, however long the session takes', async () => {
  const pod = await startPod({ agent: { gateWaitMs: 1 } });
  await pod.session.apply(1, [file('/app/a', 'a')]);
  expect(pod.container.requests).toEqual([]);
  expect(pod.agent.isReady).toBe(false);
  expect(await pod.session.request({ type: 'open' })).toMatchObject({ ok: true, newPid: 1001 });
  expect(await pod.session.next('app')).toMatchObject({
    gate: 'open',
    stale: false,
    app: { state: 'running' },
  });
  await waitFor('the pod to be ready', () => pod.agent.isReady);
});

test('opening twice starts the app once', async () => {
  const pod = await startPod();
  await pod.session.request({ type: 'open' });
  expect(await pod.session.request({ type: 'open' })).toMatchObject({ ok: true, newPid: 1001 });
});

test('a session that comes while a restart takes its time gets its word answered at once', async () => {
  const pod = await startPod();
  await pod.session.request({ type: 'open' });
  let end: () => void = () => undefined;
  pod.container.grace = new Promise((resolve) => {
    end = resolve;
  });
  // That session is superseded before its answer comes.
  const restarted = pod.session.request({ type: 'restart', graceMs: 60_000 }).catch(() => undefined);
  await waitFor('the restart to begin', () => pod.container.requests.length === 2);
  const next = connect(pod.agent);
  await next.hello(2);
  expect(await next.request({ type: 'open' })).toMatchObject({ ok: true });
  expect(pod.container.requests).toHaveLength(2);
  end();
  await restarted;
});

test('without a journal and a session the gate opens after the configured wait, and the replica is stale', async () => {
  const { dir, root } = await testFolder();
  const agent = await startAgent({ dir, gateWaitMs: 30 });
  const container = await startContainer({ root, socket: agent.restarterSocket });
  await container.register();
  await waitFor('the gate to open', () => container.gate === 'open');
  const session = connect(agent);
  expect(await session.hello()).toMatchObject({ gate: 'open', stale: true });
});

test('a session that is lost before its word starts the wait again', async () => {
  const pod = await startPod({ agent: { gateWaitMs: 30 } });
  await pod.session.apply(1, [file('/app/a', 'half of the first sync')]);
  expect(pod.container.gate).toBe('shut');
  pod.session.close();
  await waitFor('the gate to open', () => pod.container.gate === 'open');
  expect(await connect(pod.agent).hello()).toMatchObject({ stale: true });
});

test('stale ends with the session’s word when nothing had to be written, else with the next restart', async () => {
  for (const wrote of [false, true]) {
    const { dir, root } = await testFolder();
    const agent = await startAgent({ dir, gateWaitMs: 1 });
    const container = await startContainer({ root, socket: agent.restarterSocket });
    await container.register();
    await waitFor('the gate to open', () => container.gate === 'open');
    const session = connect(agent);
    expect((await session.hello()).stale).toBe(true);
    if (wrote) await session.apply(1, [file('/app/a', 'a')]);
    await session.request({ type: 'open' });
    expect((await connect(agent).hello()).stale).toBe(wrote);
    if (wrote) await session.request({ type: 'restart', graceMs: 10 });
    expect((await connect(agent).hello()).stale).toBe(false);
  }
});

test('a first sync that was never finished does not count as filled: the next life waits for a session', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [file('/app/a', 'a')]);
  await pod.container.stop();
  await pod.session.next('gone');
  const again = await startContainer({ root: pod.root, socket: pod.agent.restarterSocket });
  await again.register();
  expect(await pod.session.next('incarnation')).toMatchObject({ gate: 'shut' });
  expect(again.requests).toEqual([]);
});

test('the ready file goes when the container goes and comes back with it', async () => {
  const pod = await startPod();
  await pod.session.request({ type: 'open' });
  await waitFor('ready', () => pod.agent.isReady);
  await pod.container.stop();
  await waitFor('not ready', () => !pod.agent.isReady);
  const again = await startContainer({ root: pod.root, socket: pod.agent.restarterSocket });
  await again.register();
  await waitFor('ready again', () => pod.agent.isReady);
});

test('a pod is ready when all of its containers are', async () => {
  const pod = await startPod({ agent: { containers: { app: { volumes: [] }, other: { volumes: [] } } } });
  await pod.session.request({ type: 'open' });
  const other = await startContainer({ root: pod.root, socket: pod.agent.restarterSocket, name: 'other' });
  await other.register();
  const session = connect(pod.agent);
  await session.helloAlive(1, 'other');
  expect(pod.agent.isReady).toBe(false);
  expect(await session.request({ type: 'open' })).toMatchObject({ ok: true });
  await waitFor('ready', () => pod.agent.isReady);
});

test('a restart is passed on with its grace and answers with both pids', async () => {
  const pod = await startPod();
  expect(await pod.session.request({ type: 'restart', graceMs: 5 })).toMatchObject({
    ok: false,
    code: 'gate-shut',
  });
  await pod.session.request({ type: 'open' });
  const result = await pod.session.request({ type: 'restart', graceMs: 1234 });
  expect(result).toMatchObject({ ok: true, oldPid: 1001, newPid: 1002, killed: 0 });
  expect(pod.container.requests.at(-1)).toEqual({ type: 'restart', graceMs: 1234 });
});

test('a restarter that names a process that is not there, or not that one, is refused', async () => {
  const { dir, root } = await testFolder();
  const agent = await startAgent({ dir });
  const container = await startContainer({ root, socket: agent.restarterSocket });
  const honest = container.registration.bind(container);
  container.registration = () => ({ ...honest(), startTime: '1' });
  await expect(container.register()).rejects.toThrow('refused');
  container.registration = () => ({ ...honest(), pid: 4_194_303 });
  await expect(container.register()).rejects.toThrow('refused');
  container.registration = () => ({ ...honest(), container: 'unknown' });
  await expect(
    container.register().then(() => waitFor('the end', () => !container.registered)),
  ).resolves.toBe(true);
  expect(existsSync(agent.restarterSocket)).toBe(true);
});

test('a second process that says it is the container is refused while the first lives', async () => {
  const pod = await startPod();
  const second = await startContainer({ root: pod.root, socket: pod.agent.restarterSocket });
  await second.register().catch(() => undefined);
  await waitFor('its end', () => !second.registered);
  await pod.session.apply(1, [file('/app/a', 'a')]);
  expect(readFileSync(pod.at('/app/a'), 'utf8')).toBe('a');
});

test('an older term is refused and a newer one ends what the older has open', async () => {
  const pod = await startPod();
  const newer = connect(pod.agent);
  await newer.hello(3);
  await waitFor('the end of the older session', () => pod.session.closed);
  expect(pod.session.received.at(-1)).toMatchObject({ type: 'refused', code: 'old-term', term: 3 });
  const older = connect(pod.agent);
  await expect(older.hello(2)).rejects.toThrow('old-term');
  await newer.apply(1, [file('/app/a', 'newer')]);
});

test('a batch of a session that was fenced half-way leaves nothing', async () => {
  const pod = await startPod();
  const a = file('/app/a', 'old term');
  pod.session.send({ type: 'batch', seq: 1, entries: [a.entry] });
  await pod.session.request({ type: 'ping' });
  const newer = connect(pod.agent);
  await newer.hello(2);
  pod.session.send({ type: 'commit', seq: 1 });
  await waitFor('the end of the older session', () => pod.session.closed);
  expect((await newer.list()).entries).toEqual([]);
});

test('an agent born later takes the term’s floor from the Secret, as it is at each hello', async () => {
  const { dir } = await testFolder();
  const agent = await startAgent({ dir });
  await connect(agent).hello(4);
  writeFileSync(agent.termFile, '7\n');
  await expect(connect(agent).hello(6)).rejects.toThrow('"term":7');
  expect(await connect(agent).hello(7)).toMatchObject({ term: 7, seq: 0 });
});

test('two connections of one term work side by side', async () => {
  const pod = await startPod();
  const bulk = connect(pod.agent);
  await bulk.hello(1);
  await Promise.all([pod.session.apply(2, [file('/app/a', 'a')]), bulk.apply(1, [file('/app/b', 'b')])]);
  expect((await connect(pod.agent).hello(1)).seq).toBe(2);
});
