import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { FakeContainer } from './fake-container.ts';
import { connect, type Pod, startContainer, startPod } from './pod-fixture.ts';
import { dir, encodeBatch, file, link, remove } from './session-client.ts';
import { waitFor } from './wait-for.ts';

const text = (hostPath: string): string => readFileSync(hostPath, 'utf8');
const journalOf = (pod: Pod): string => path.join(pod.agent.journalDir, 'app/journal');

/** The container ends and starts again from its image: what was synced to its layer is gone. */
async function restartContainer(
  pod: Pod,
  image: (put: Pod['put']) => void,
  settings: { readonly fingerprint?: string } = {},
): Promise<FakeContainer> {
  await pod.container.stop();
  rmSync(pod.root, { recursive: true });
  mkdirSync(pod.at('/app'), { recursive: true });
  image(pod.put);
  const container = await startContainer({ root: pod.root, socket: pod.agent.restarterSocket, ...settings });
  await container.register();
  return container;
}

const image = (put: Pod['put']): void => {
  put('/app/edited', 'image');
  put('/app/deleted', 'image');
  put('/app/pkg/deleted.py', 'image');
  put('/app/kept', 'image');
};

async function editedPod(): Promise<Pod> {
  const pod = await startPod({}, ({ put }) => image(put));
  const { entries } = await pod.session.list();
  await pod.session.apply(
    1,
    entries.map(({ path, entry }) => ({ entry: { op: 'adopt', path, entry } })),
  );
  await pod.session.apply(2, [
    file('/app/edited', 'edited'),
    file('/app/new/file', Buffer.alloc(2_500_000, 'n')),
    file('/app/run', 'run', { exec: true }),
    link('/app/link', 'edited'),
    dir('/app/empty'),
    remove('/app/deleted'),
    remove('/app/pkg'),
  ]);
  await pod.session.request({ type: 'open' });
  return pod;
}

function expectEdited(pod: Pod): void {
  expect(text(pod.at('/app/edited'))).toBe('edited');
  expect(readFileSync(pod.at('/app/new/file')).equals(Buffer.alloc(2_500_000, 'n'))).toBe(true);
  expect(statSync(pod.at('/app/run')).mode & 0o111).toBe(0o111);
  expect(text(pod.at('/app/link'))).toBe('edited');
  expect(existsSync(pod.at('/app/empty'))).toBe(true);
  expect(existsSync(pod.at('/app/deleted'))).toBe(false);
  expect(existsSync(pod.at('/app/pkg'))).toBe(false);
  expect(text(pod.at('/app/kept'))).toBe('image');
}

test('a restarted container gets every edit and deletion back before its app starts, with no session there', async () => {
  const pod = await editedPod();
  pod.session.close();
  const again = await restartContainer(pod, image);
  await waitFor('the gate to open', () => again.gate === 'open');
  expectEdited(pod);
  expect(again.requests).toEqual([{ type: 'open' }]);
  await waitFor('the pod to be ready', () => pod.agent.isReady);
});

test('a session that stays connected hears that the container ended, and of its new life with the same digest', async () => {
  const pod = await editedPod();
  const { digest } = (await pod.session.request({ type: 'verify' })) as { digest: string };
  await restartContainer(pod, image);
  await pod.session.next('gone');
  const life = await pod.session.next('incarnation');
  expect(life).toMatchObject({ digest, gate: 'shut' });
  expect(life.replayed).toBeGreaterThan(0);
  const ack = await pod.session.apply(3, [file('/app/edited', 'again')]);
  expect(ack.incarnation).toEqual(life.incarnation);
});

test('a session that is there may send what it has before the app of a new life starts', async () => {
  const pod = await editedPod();
  const again = await restartContainer(pod, image);
  await pod.session.next('incarnation');
  await pod.session.apply(3, [file('/app/edited', 'the cure')]);
  expect(again.gate).toBe('shut');
  await pod.session.request({ type: 'open' });
  await waitFor('the gate to open', () => again.gate === 'open');
});

test('a session that says nothing holds the app of a new life back for three seconds only', async () => {
  const pod = await editedPod();
  const again = await restartContainer(pod, image);
  await pod.session.next('incarnation');
  expect(again.gate).toBe('shut');
  await waitFor('the gate to open', () => again.gate === 'open');
});

test('the journal survives the agent: killed and started again it replays for the next life of the container', async () => {
  const pod = await editedPod();
  await pod.agent.kill();
  await pod.agent.start();
  const again = await restartContainer(pod, image);
  await waitFor('the gate to open', () => again.gate === 'open');
  expectEdited(pod);
});

test('an agent that starts again finds its container, knows what it managed, and does not start the app again', async () => {
  const pod = await editedPod();
  await pod.agent.kill();
  await pod.agent.start();
  await pod.container.register();
  const session = connect(pod.agent);
  const welcome = await session.hello();
  expect([welcome.term, welcome.seq]).toEqual([1, 2]);
  await waitFor('the pod to be ready', () => pod.agent.isReady);
  expect(pod.container.requests).toEqual([{ type: 'open' }]);
  const { entries } = await session.list();
  expect(entries.filter((entry) => entry.known).map((entry) => entry.path)).toContain('/app/edited');
});

test('an agent that starts again knows what it adopted from the image, so that a deletion meanwhile still goes', async () => {
  const pod = await startPod({}, ({ put }) => {
    put('/app/from-image', 'x');
    put('/app/foreign', 'y');
  });
  const listed = (await pod.session.list()).entries.find(({ path }) => path === '/app/from-image');
  if (listed === undefined) throw new Error('it was not listed');
  const adopted = await pod.session.apply(1, [
    { entry: { op: 'adopt', path: listed.path, entry: listed.entry } },
  ]);
  await pod.agent.kill();
  await pod.agent.start();
  await pod.container.register();
  const session = connect(pod.agent);
  await session.helloAlive();
  expect(await connect(pod.agent).hello()).toMatchObject({ digest: adopted.digest });
  const { entries } = await session.list();
  expect(entries.filter(({ known }) => known).map(({ path }) => path)).toEqual(['/app/from-image']);
  await session.apply(2, [remove('/app/from-image')]);
  expect(readdirSync(pod.at('/app'))).toEqual(['foreign']);
});

test('a batch that was journalled when the agent was killed is rolled forward when it starts', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [file('/app/a', 'old')]);
  await pod.session.request({ type: 'open' });
  // As if the agent had ended between journal and rename: the journal says "new", the disk says otherwise.
  await pod.session.apply(2, [file('/app/a', 'new'), file('/app/b', 'made'), remove('/app/c')]);
  await pod.agent.kill();
  writeFileSync(pod.at('/app/a'), 'old');
  rmSync(pod.at('/app/b'));
  await pod.agent.start();
  await pod.container.register();
  await waitFor('the roll forward', () => existsSync(pod.at('/app/b')) && text(pod.at('/app/a')) === 'new');
});

test('killed at any moment of a batch, the agent leaves every file old or new, and all of them new when it is acknowledged', async () => {
  const pod = await startPod();
  const names = Array.from({ length: 300 }, (_, index) => `/app/f${index}`);
  let seq = 1;
  await pod.session.apply(
    seq,
    names.map((name) => file(name, 'version 0')),
  );
  await pod.session.request({ type: 'open' });
  for (let round = 1; round <= 8; round++) {
    const session = connect(pod.agent);
    const { seq: last } = await session.hello();
    seq = last + 1;
    session.socket.write(
      encodeBatch(
        seq,
        names.map((name) => file(name, `version ${round}`)),
      ),
    );
    await waitFor(
      'the batch to begin',
      () => round % 2 === 0 || text(pod.at('/app/f0')) === `version ${round}`,
    );
    await pod.agent.kill();
    const seen = new Set(names.map((name) => text(pod.at(name))));
    for (const version of seen) expect([`version ${round - 1}`, `version ${round}`]).toContain(version);
    const journalled = readFileSync(journalOf(pod)).includes(`{"term":1,"seq":${seq}}`);
    await pod.agent.start();
    await pod.container.register();
    if (seen.size > 1) expect(journalled).toBe(true);
    const again = connect(pod.agent);
    await again.helloAlive();
    const ack = await again.apply(
      seq + 1,
      names.map((name) => file(name, `version ${round}`)),
    );
    expect(ack.problems).toEqual([]);
    for (const name of names) expect(text(pod.at(name))).toBe(`version ${round}`);
  }
}, 120_000);

test.each([
  [
    'cut off in the middle of its last batch',
    (journal: string) => truncateSync(journal, statSync(journal).size - 9),
  ],
  [
    'followed by bytes of a batch that never ended',
    (journal: string) => appendFileSync(journal, Buffer.alloc(500, 7)),
  ],
])('a journal that is %s still has every batch before it', async (_, tear) => {
  const pod = await editedPod();
  await pod.session.apply(3, [file('/app/last', 'last')]);
  await pod.agent.kill();
  tear(journalOf(pod));
  await pod.agent.start();
  const again = await restartContainer(pod, image);
  await waitFor('the gate to open', () => again.gate === 'open');
  expectEdited(pod);
  expect(pod.agent.log).toContain('torn');
});

test('under another image than the journal’s the gate stays shut, nothing is written, and sessions are told', async () => {
  const pod = await editedPod();
  const again = await restartContainer(pod, image, { fingerprint: 'e'.repeat(64) });
  const life = await pod.session.next('incarnation');
  expect(life).toMatchObject({ gate: 'shut', problem: { code: 'other-image' } });
  expect(text(pod.at('/app/edited'))).toBe('image');
  pod.session.socket.write(encodeBatch(3, [file('/app/edited', 'x')]));
  expect(await pod.session.next('nack')).toMatchObject({ code: 'other-image' });
  expect(await pod.session.request({ type: 'open' })).toMatchObject({ ok: false, code: 'other-image' });
  expect(again.requests).toEqual([]);
});

test('a batch that comes while the container is away is not acknowledged, and later it is', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [file('/app/a', '1')]);
  await pod.container.stop();
  await pod.session.next('gone');
  pod.session.socket.write(encodeBatch(2, [file('/app/a', '2')]));
  expect(await pod.session.next('nack')).toMatchObject({ seq: 2, code: 'no-incarnation' });
  await restartContainer(pod, () => undefined);
  await pod.session.next('incarnation');
  await pod.session.apply(2, [file('/app/a', '2')]);
  expect(text(pod.at('/app/a'))).toBe('2');
});

test('A43: a container killed between a batch’s bytes gets no acknowledgement for it', async () => {
  const pod = await startPod();
  const batch = encodeBatch(1, [file('/app/a', Buffer.alloc(600_000, 'a'))]);
  pod.session.socket.write(batch.subarray(0, 400_000));
  const stage = pod.at('/.kdev-stage');
  await waitFor('staged bytes', () => existsSync(stage) && readdirSync(stage).length > 0);
  await pod.container.stop();
  await pod.session.next('gone');
  await restartContainer(pod, () => undefined);
  await pod.session.next('incarnation');
  pod.session.socket.write(batch.subarray(400_000));
  expect(await pod.session.next('nack')).toMatchObject({ code: 'incarnation-ended' });
  expect(existsSync(pod.at('/app/a'))).toBe(false);
});

test('a path that could not be applied is not forced in by a later replay', async () => {
  const pod = await startPod({}, ({ put }) => put('/app/dir/foreign', 'x'));
  const ack = await pod.session.apply(1, [file('/app/dir', 'a file'), file('/app/other', 'x')]);
  expect(ack.problems).toMatchObject([{ path: '/app/dir' }]);
  await pod.session.request({ type: 'open' });
  const again = await restartContainer(pod, () => undefined);
  await waitFor('the gate to open', () => again.gate === 'open');
  expect(existsSync(pod.at('/app/dir'))).toBe(false);
  expect(text(pod.at('/app/other'))).toBe('x');
});

test('a directory that only a file’s path asked for is kdev’s, also in the next life, and goes with the file', async () => {
  const pod = await startPod();
  await pod.session.apply(1, [file('/app/made/for/it', 'x')]);
  await restartContainer(pod, () => undefined);
  await pod.session.next('incarnation');
  expect(text(pod.at('/app/made/for/it'))).toBe('x');
  expect((await pod.session.list()).entries.map(({ path, known }) => [path, known])).toEqual([
    ['/app/made', true],
    ['/app/made/for', true],
    ['/app/made/for/it', true],
  ]);
  expect((await pod.session.apply(2, [remove('/app/made')])).problems).toEqual([]);
  expect(existsSync(pod.at('/app/made'))).toBe(false);
});
