import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { encodeDataHeader, encodeMessage } from '../../src/wire/frame.ts';
import { connect, startAgent, startPod, testFolder } from './pod-fixture.ts';
import { makeImage, RealContainer } from './real-container.ts';
import { file, type SessionClient } from './session-client.ts';
import { waitFor } from './wait-for.ts';

// On a new machine the restarter is compiled and busybox fetched first.
beforeAll(async () => {
  const { dir } = await testFolder();
  await makeImage(path.join(dir, 'image'));
}, 600_000);

const containers: RealContainer[] = [];
afterEach(async () => {
  for (const container of containers.splice(0)) await container.kill();
});

/** Needs what only the first life of the container has. */
const install = { command: ['/bin/sh', '-c', 'test -e /prepared || exit 3'], timeoutMs: 10_000 };

/** Saves a list of dependencies, and what has to run for it. */
async function saveDependencies(session: SessionClient): Promise<void> {
  const { entry, content = Buffer.alloc(0) } = file('/app/dependencies', 'one');
  session.socket.write(
    Buffer.concat([
      encodeMessage({ type: 'batch', seq: 1, entries: [entry] }),
      encodeDataHeader(0, content.length),
      content,
      encodeMessage({ type: 'commit', seq: 1, runs: [install] }),
    ]),
  );
  await session.next('ack');
}

async function runInstall(session: SessionClient): Promise<number | undefined> {
  session.send({ type: 'run', id: 1_000, run: install });
  const result = await session.next('result', ({ id }) => id === 1_000);
  if (!result.ok) throw new Error(JSON.stringify(result));
  return result.exitCode;
}

test('R13: a run step that fails in a new life with nobody there keeps the app at the gate, and the next session hears of it', async () => {
  const { dir } = await testFolder();
  const imageDir = path.join(dir, 'image');
  mkdirSync(imageDir);
  await makeImage(imageDir);
  mkdirSync(path.join(imageDir, 'dev'), { recursive: true });
  writeFileSync(path.join(imageDir, 'dev/null'), '');
  writeFileSync(path.join(imageDir, 'app/run.sh'), 'touch /app/ran\nexec sleep 1000\n');
  const agent = await startAgent({ dir });
  const start = (life: number): RealContainer => {
    const container = new RealContainer({
      ...{ imageDir, layerDir: path.join(dir, `layer${life}`), runDir: path.dirname(agent.restarterSocket) },
      argv: ['/bin/sh', '/app/run.sh'],
    });
    containers.push(container);
    return container;
  };
  const first = connect(agent);
  await first.hello();
  const container = start(1);
  await first.next('incarnation');
  writeFileSync(container.at('/prepared'), '');
  await saveDependencies(first);
  expect(await runInstall(first)).toBe(0);
  await first.request({ type: 'open' });
  await waitFor('the app', () => container.read('/app/ran') !== undefined);
  first.close();
  await container.kill();

  const again = start(2);
  await waitFor('the replay', () => /ended with 3(.|\n)*paths replayed, gate shut/.test(agent.log));
  expect(again.read('/app/dependencies')).toBe('one');
  expect(again.read('/app/ran')).toBeUndefined();
  expect(agent.isReady).toBe(false);

  const second = connect(agent);
  expect(await second.hello()).toMatchObject({ gate: 'shut', runsOwed: [install] });
  expect(await runInstall(second)).toBe(3);
  writeFileSync(again.at('/prepared'), '');
  expect(await runInstall(second)).toBe(0);
  await second.request({ type: 'open' });
  await waitFor('the app', () => again.read('/app/ran') !== undefined);
});

/** Has a program note each time it asks for a collection of all garbage. */
const noteCollections = `
const { Session } = require('node:inspector');
const { post } = Session.prototype;
Session.prototype.post = function (method, ...rest) {
  if (method === 'HeapProfiler.collectGarbage') require('node:fs').appendFileSync(process.env.NOTES, 'collected\\n');
  return post.call(this, method, ...rest);
};
`;

test('after a fill the agent collects its garbage once, when nobody has saved for a second', async () => {
  const { dir } = await testFolder();
  const [program, notes] = [path.join(dir, 'note-collections.cjs'), path.join(dir, 'notes')];
  writeFileSync(program, noteCollections);
  writeFileSync(notes, '');
  const pod = await startPod();
  await pod.agent.kill();
  await pod.agent.start({ NODE_OPTIONS: `--require ${program}`, NOTES: notes });
  await pod.container.register();
  const session = connect(pod.agent);
  await session.helloAlive();
  // Only all of them together are many, however long one of them takes.
  for (let seq = 1; seq <= 4; seq++) {
    const names = Array.from({ length: 300 }, (_, index) => `/app/d${seq}/f${index}`);
    await session.apply(
      seq,
      names.map((name) => file(name, name)),
    );
  }
  const collected = (): void => expect(readFileSync(notes, 'utf8')).toBe('collected\n');
  await vi.waitFor(collected, { timeout: 40_000, interval: 50 });
}, 60_000);
