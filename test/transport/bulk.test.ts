import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import type { BatchItem, Endpoint } from '../../src/core/ports/endpoint.ts';
import { connect } from '../../src/transport/connect.ts';
import { generateKeys } from '../../src/transport/keys.ts';
import { type Pod, startPod } from '../agent/pod-fixture.ts';
import { appMapping } from '../agent/session-client.ts';
import { waitFor } from '../agent/wait-for.ts';
import { sidecarRoot } from './sidecar-root.ts';
import { dialSshd, type SshdStream } from './sshd-stream.ts';

const keys = generateKeys();
let sidecar: Awaited<ReturnType<typeof sidecarRoot>>;
beforeAll(async () => {
  sidecar = await sidecarRoot(keys);
}, 600_000);
afterAll(() => sidecar.remove());

const opened: SshdStream[] = [];
afterEach(async () => {
  for (const { process: sshd } of opened.splice(0)) {
    if (sshd.exitCode === null && sshd.signalCode === null) {
      sshd.kill('SIGKILL');
      await once(sshd, 'exit');
    }
  }
});

function dial(pod: Pod): SshdStream {
  const sshd = dialSshd(sidecar.root, pod.dir);
  opened.push(sshd);
  return sshd;
}

async function connected(pod: Pod): Promise<Endpoint> {
  const hello = { version: 'test', term: 1, container: 'app', mappings: appMapping };
  const again = async () => dial(pod).stream;
  const base = { hostKey: keys.hostPublicKey, clientKey: keys.clientKey, deadlineMs: 10_000, hello };
  return connect({ ...base, stream: dial(pod).stream, again });
}

type FileItem = Extract<BatchItem, { op: 'file' }>;

function fileItem(path: string, content: Buffer, facts: Partial<FileItem> = {}): FileItem {
  const digest = createHash('sha256').update(content).digest('hex');
  const entry = { type: 'file', size: content.length, exec: false, digest } as const;
  return { op: 'file', path, mode: 0o644, content, entry, ...facts };
}

/** As a large file is read: piece by piece. */
function largeItem(path: string, content: Buffer, pieceBytes = 300_001): FileItem {
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < content.length; at += pieceBytes) yield content.subarray(at, at + pieceBytes);
  }
  return fileItem(path, content, { content: pieces });
}

test('a small batch does not wait for a bulk one, and what it changed is not changed back', async () => {
  const pod = await startPod();
  const endpoint = await connected(pod);
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  async function* slowly(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('ol');
    await held;
    yield Buffer.from('d');
  }
  const old = fileItem('/app/saved', Buffer.from('old'));
  const bulk = endpoint.apply({
    seq: 1,
    bulk: true,
    items: [fileItem('/app/first', Buffer.from('first')), { ...old, content: slowly }],
  });
  const small = await endpoint.apply({ seq: 2, items: [fileItem('/app/saved', Buffer.from('new'))] });
  expect(readFileSync(pod.at('/app/saved'), 'utf8')).toBe('new');
  goOn();
  const late = await bulk;
  expect(late.problems).toEqual([]);
  expect(late.revision).toBeGreaterThan(small.revision ?? 0);
  expect(readFileSync(pod.at('/app/saved'), 'utf8')).toBe('new');
  expect(readFileSync(pod.at('/app/first'), 'utf8')).toBe('first');
  expect(opened.length).toBe(2);
});

test('a directory that a small batch deleted does not come back with a bulk one that was on its way', async () => {
  const pod = await startPod();
  const endpoint = await connected(pod);
  await endpoint.apply({ seq: 1, items: [fileItem('/app/d/kept', Buffer.from('kept'))] });
  let goOn: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  async function* slowly(): AsyncGenerator<Uint8Array> {
    await held;
    yield Buffer.from('late');
  }
  const late = fileItem('/app/d/late', Buffer.from('late'), { content: slowly });
  const bulk = endpoint.apply({ seq: 2, bulk: true, items: [late] });
  const { digest } = await endpoint.apply({ seq: 3, items: [{ op: 'delete', path: '/app/d' }] });
  goOn();
  expect(await bulk).toMatchObject({ problems: [], digest });
  expect(await endpoint.list()).toEqual([]);
});

test('when one of the two connections ends both do, and a bulk batch on its way is rejected', async () => {
  const pod = await startPod();
  const endpoint = await connected(pod);
  async function* never(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('x');
    await new Promise(() => undefined);
  }
  await endpoint.apply({ seq: 1, bulk: true, items: [fileItem('/app/b', Buffer.from('b'))] });
  const item = fileItem('/app/a', Buffer.from('xyz'), { content: never });
  const bulk = endpoint.apply({ seq: 1, bulk: true, items: [item] });
  opened[1]?.stream.destroy();
  await expect(bulk).rejects.toMatchObject({ code: 'link-lost' });
  expect(await endpoint.closed).toMatchObject({ code: 'link-lost' });
});

test('where a second connection cannot be had, the first carries everything', async () => {
  const pod = await startPod();
  const hello = { version: 'test', term: 1, container: 'app', mappings: appMapping };
  const base = { hostKey: keys.hostPublicKey, clientKey: keys.clientKey, deadlineMs: 10_000, hello };
  const endpoint = await connect({
    ...base,
    stream: dial(pod).stream,
    again: () => Promise.reject(new Error('no more')),
  });
  await endpoint.apply({ seq: 1, bulk: true, items: [fileItem('/app/a', Buffer.from('a'))] });
  expect(readFileSync(pod.at('/app/a'), 'utf8')).toBe('a');
});

test('of a large file only what changed travels, and an agent born later replays it right from its journal', async () => {
  const pod = await startPod();
  const endpoint = await connected(pod);
  const content = randomBytes(9_000_000);
  expect(await endpoint.apply({ seq: 1, items: [largeItem('/app/large', content)] })).toMatchObject({
    bytes: content.length,
  });
  const journalled = statSync(`${pod.agent.journalDir}/app/journal`).size;
  const edits: ((bytes: Buffer) => Buffer)[] = [
    (bytes) => Buffer.concat([bytes.subarray(0, 4_000_000), Buffer.from('!'), bytes.subarray(4_000_001)]),
    (bytes) => Buffer.concat([Buffer.from('start'), bytes.subarray(5), Buffer.from('and a tail')]),
    (bytes) => bytes.subarray(0, 8_000_000),
  ];
  let now: Buffer = content;
  for (const [index, edit] of edits.entries()) {
    now = edit(now);
    const applied = await endpoint.apply({ seq: 2 + index, items: [largeItem('/app/large', now)] });
    expect(applied.problems).toEqual([]);
    expect(applied.bytes).toBeLessThan(300_000);
    expect(readFileSync(pod.at('/app/large')).equals(now)).toBe(true);
  }
  expect(statSync(`${pod.agent.journalDir}/app/journal`).size - journalled).toBeLessThan(1_000_000);
  await endpoint.open();
  await pod.agent.kill();
  writeFileSync(pod.at('/app/large'), 'what the image had');
  await pod.agent.start();
  await pod.container.register();
  await waitFor('the replay', () => statSync(pod.at('/app/large')).size === now.length);
  expect(readFileSync(pod.at('/app/large')).equals(now)).toBe(true);
});

test('a large file that somebody changed in the container is named to be sent whole, and then is right', async () => {
  const pod = await startPod();
  const endpoint = await connected(pod);
  const content = randomBytes(3_000_000);
  await endpoint.apply({ seq: 1, items: [largeItem('/app/large', content)] });
  const next = Buffer.concat([Buffer.from('1'), content.subarray(1)]);
  await endpoint.apply({ seq: 2, items: [largeItem('/app/large', next)] });
  truncateSync(pod.at('/app/large'), 1_000_000);
  const last = Buffer.concat([Buffer.from('2'), content.subarray(1)]);
  const refused = await endpoint.apply({ seq: 3, items: [largeItem('/app/large', last)] });
  expect(refused).toMatchObject({ problems: [], sendWhole: ['/app/large'] });
  expect(statSync(pod.at('/app/large')).size).toBe(1_000_000);
  const item = { ...largeItem('/app/large', last), whole: true };
  expect(await endpoint.apply({ seq: 3, items: [item] })).toMatchObject({ bytes: last.length, problems: [] });
  expect(readFileSync(pod.at('/app/large')).equals(last)).toBe(true);
});

test('what was renamed travels without its content, also when its old path goes in the same batch', async () => {
  const pod = await startPod();
  const endpoint = await connected(pod);
  const content = randomBytes(50_000);
  await endpoint.apply({ seq: 1, items: [fileItem('/app/old/name', content)] });
  const applied = await endpoint.apply({
    seq: 2,
    items: [
      fileItem('/app/new/name', content, { copyOf: '/app/old/name' }),
      { op: 'delete', path: '/app/old' },
      fileItem('/app/other', randomBytes(100), { copyOf: '/app/old/name' }),
      fileItem('/app/foreign', content, { copyOf: '/app/nothing' }),
    ],
  });
  expect(applied).toMatchObject({ bytes: 0, problems: [] });
  expect(applied.sendWhole).toEqual(['/app/other', '/app/foreign']);
  expect(readFileSync(pod.at('/app/new/name')).equals(content)).toBe(true);
  expect((await endpoint.list()).map(({ path }) => path)).toEqual(['/app/new', '/app/new/name']);
});

test('a sparse file takes no more than its content of the link, of the journal and of the container', async () => {
  const pod = await startPod();
  const endpoint = await connected(pod);
  const content = Buffer.alloc(20_000_000);
  content.write('in the middle', 10_000_000);
  const { bytes } = await endpoint.apply({ seq: 1, items: [largeItem('/app/sparse', content, 1_048_576)] });
  expect(bytes).toBeLessThan(1_000_000);
  expect(readFileSync(pod.at('/app/sparse')).equals(content)).toBe(true);
  expect(statSync(pod.at('/app/sparse')).blocks * 512).toBeLessThan(1_000_000);
  expect(statSync(`${pod.agent.journalDir}/app/journal`).size).toBeLessThan(3_000_000);
});
