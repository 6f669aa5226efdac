import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, expect, test } from 'vitest';
import type { AgentProcess } from './agent-process.ts';
import { connect, startAgent, testFolder } from './pod-fixture.ts';
import { makeImage, RealContainer } from './real-container.ts';
import { file, remove, type SessionClient } from './session-client.ts';
import { waitFor } from './wait-for.ts';

// What the app does first is what it would run: it notes the message it found and whether a module was there.
const run = `
cat /app/message > /app/ran
if [ -e /app/old-module ]; then echo old >> /app/ran; fi
exec sleep 1000
`;

// On a new machine the restarter is compiled and busybox fetched first.
beforeAll(async () => {
  const { dir } = await testFolder();
  await makeImage(path.join(dir, 'image'));
}, 600_000);

const containers: RealContainer[] = [];
afterEach(async () => {
  for (const container of containers.splice(0)) await container.kill();
});

interface Scene {
  readonly agent: AgentProcess;
  readonly session: SessionClient;
  startContainer(): RealContainer;
}

async function scene(gateWaitMs = 60_000): Promise<Scene> {
  const { dir } = await testFolder();
  const imageDir = path.join(dir, 'image');
  mkdirSync(imageDir);
  await makeImage(imageDir);
  writeFileSync(path.join(imageDir, 'app/run.sh'), run);
  writeFileSync(path.join(imageDir, 'app/message'), 'image\n');
  writeFileSync(path.join(imageDir, 'app/old-module'), 'x');
  const agent = await startAgent({ dir, gateWaitMs });
  let made = 0;
  const startContainer = (): RealContainer => {
    made += 1;
    const container = new RealContainer({
      imageDir,
      layerDir: path.join(dir, `layer${made}`),
      runDir: path.dirname(agent.restarterSocket),
      argv: ['/bin/sh', '/app/run.sh'],
    });
    containers.push(container);
    return container;
  };
  return { agent, session: connect(agent), startContainer };
}

test('a restarter’s gate holds until the session has filled its container, and a restart runs what was sent', async () => {
  const { session, startContainer, agent } = await scene();
  const container = startContainer();
  const welcome = await session.hello();
  const { facts } = welcome.incarnation === undefined ? await session.next('incarnation') : welcome;
  expect(facts).toMatchObject({ uid: 0, argv: ['/bin/sh', '/app/run.sh'], readOnlyRoot: false });
  await session.apply(1, [file('/app/message', 'first\n'), remove('/app/old-module')]);
  expect(container.read('/app/ran')).toBeUndefined();
  expect(await session.request({ type: 'open' })).toMatchObject({ ok: true });
  await waitFor('the app', () => container.read('/app/ran') === 'first\n');
  await waitFor('readiness', () => agent.isReady);
  await session.apply(2, [file('/app/message', 'second\n')]);
  const restarted = await session.request({ type: 'restart', graceMs: 1000 });
  expect(restarted).toMatchObject({ ok: true });
  await waitFor('the new run', () => container.read('/app/ran') === 'second\n');
});

test('a restart that a session owed and never asked for is told to the next one, until it has happened', async () => {
  const { session, startContainer, agent } = await scene();
  const container = startContainer();
  await session.helloAlive();
  await session.apply(1, [file('/app/message', 'first\n')], true);
  await session.request({ type: 'open' });
  await waitFor('the app', () => container.read('/app/ran') === 'first\nold\n');
  await session.apply(2, [file('/app/message', 'second\n')], true);
  session.close();
  const next = connect(agent);
  expect(await next.hello()).toMatchObject({ restartOwed: true });
  await next.request({ type: 'restart', graceMs: 1000 });
  await waitFor('the new run', () => container.read('/app/ran') === 'second\nold\n');
  expect(await connect(agent).hello()).toMatchObject({ restartOwed: false });
});

test('promise 5: killed and started anew from its image, the container runs every edit and deletion, with no session', async () => {
  const { session, startContainer, agent } = await scene();
  const container = startContainer();
  await session.helloAlive();
  await session.apply(1, [file('/app/message', 'edited\n'), remove('/app/old-module')]);
  await session.request({ type: 'open' });
  await waitFor('the app', () => container.read('/app/ran') === 'edited\n');
  session.close();
  await container.kill();
  await waitFor('the end of readiness', () => !agent.isReady);
  const again = startContainer();
  await waitFor('the app', () => again.read('/app/ran') === 'edited\n');
  expect(existsSync(again.at('/app/old-module'))).toBe(false);
  await waitFor('readiness', () => agent.isReady);
});

test('the same with the agent killed at the same time, whichever of both is back first', async () => {
  const { session, startContainer, agent } = await scene();
  const container = startContainer();
  await session.helloAlive();
  await session.apply(1, [file('/app/message', 'edited\n'), remove('/app/old-module')]);
  await session.request({ type: 'open' });
  await container.kill();
  await agent.kill();
  const again = startContainer();
  await agent.start();
  await waitFor('the app', () => again.read('/app/ran') === 'edited\n');
});

test('the app lives on while the agent is away, and the next one finds it', async () => {
  const { session, startContainer, agent } = await scene();
  const container = startContainer();
  await session.helloAlive();
  await session.apply(1, [file('/app/message', 'edited\n')]);
  const { newPid } = (await session.request({ type: 'open' })) as { readonly newPid?: number };
  await waitFor('the app', () => container.read('/app/ran'));
  await agent.kill();
  await agent.start();
  const next = connect(agent);
  await next.helloAlive();
  await waitFor('readiness', () => agent.isReady);
  expect(await connect(agent).hello()).toMatchObject({
    gate: 'open',
    app: { state: 'running', pid: newPid },
    stale: false,
  });
});

test('with neither session nor journal the image’s own code starts after the wait', async () => {
  const { agent, startContainer, session } = await scene(50);
  const container = startContainer();
  await waitFor('the app', () => container.read('/app/ran') === 'image\nold\n');
  // The app may have said so before its restarter has.
  await waitFor('readiness', () => agent.isReady);
  expect(await session.hello()).toMatchObject({ gate: 'open', stale: true });
});
