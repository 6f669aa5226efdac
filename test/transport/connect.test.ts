import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
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
// On a new machine sshd, Node and the restarter are fetched and compiled first.
beforeAll(async () => {
  sidecar = await sidecarRoot(keys);
}, 600_000);
afterAll(() => sidecar.remove());

const opened: SshdStream[] = [];
const servers: Server[] = [];
afterEach(async () => {
  for (const { process: sshd } of opened.splice(0)) {
    if (sshd.exitCode === null && sshd.signalCode === null) {
      sshd.kill('SIGKILL');
      await once(sshd, 'exit');
    }
  }
  for (const server of servers.splice(0)) server.close();
});

function dial(pod: Pod): SshdStream {
  const sshd = dialSshd(sidecar.root, pod.dir);
  opened.push(sshd);
  return sshd;
}

const hello = { version: 'test', term: 1, container: 'app', mappings: appMapping };
const base = { hostKey: keys.hostPublicKey, clientKey: keys.clientKey, deadlineMs: 10_000, hello };

async function connected(pod: Pod): Promise<{ readonly endpoint: Endpoint; readonly sshd: SshdStream }> {
  const sshd = dial(pod);
  return { endpoint: await connect({ ...base, stream: sshd.stream }), sshd };
}

function fileItem(path: string, text: string | Buffer): Extract<BatchItem, { op: 'file' }> {
  const content = Buffer.from(text);
  const digest = createHash('sha256').update(content).digest('hex');
  return {
    op: 'file',
    path,
    mode: 0o644,
    content,
    entry: { type: 'file', size: content.length, exec: false, digest },
  };
}

test('a batch goes through the real sshd and relay and is acknowledged with the incarnation it reached', async () => {
  const pod = await startPod();
  const { endpoint } = await connected(pod);
  expect(endpoint.welcome).toMatchObject({ term: 1, gate: 'shut', incarnation: { pid: pod.container.pid } });
  const applied = await endpoint.apply({ seq: 1, items: [fileItem('/app/a', 'over ssh')] });
  expect(applied).toMatchObject({ seq: 1, bytes: 8, problems: [], incarnation: { pid: pod.container.pid } });
  expect(readFileSync(pod.at('/app/a'), 'utf8')).toBe('over ssh');
});

test('everything else of an endpoint works over the same connection', async () => {
  const pod = await startPod({}, ({ put }) => put('/app/image', 'x'));
  const { endpoint } = await connected(pod);
  const events: string[] = [];
  endpoint.listen((event) => events.push(event.type));
  const listed = await endpoint.list();
  expect(listed).toMatchObject([{ path: '/app/image', known: false, entry: { type: 'file', size: 1 } }]);
  const { digest } = await endpoint.apply({
    seq: 1,
    items: [
      ...listed.map(({ path, entry }) => ({ op: 'adopt', path, entry }) as const),
      { op: 'dir', path: '/app/d', mode: 0o755 },
      { op: 'link', path: '/app/l', target: 'd' },
    ],
  });
  expect(await endpoint.verify()).toBe(digest);
  await endpoint.open();
  expect(await endpoint.restart({ graceMs: 10 })).toMatchObject({ oldPid: 1001, newPid: 1002 });
  expect(events).toContain('app');
});

test('more content than the window arrives whole, streamed or not, and in the order of the calls', async () => {
  const pod = await startPod();
  const { endpoint } = await connected(pod);
  const large = Buffer.alloc(11_000_000, 'large');
  const streamed = fileItem('/app/streamed', large);
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < large.length; at += 700_001) yield large.subarray(at, at + 700_001);
  }
  const results = await Promise.all([
    endpoint.apply({ seq: 1, items: [fileItem('/app/whole', large), { ...streamed, content: pieces }] }),
    endpoint.apply({ seq: 2, items: [fileItem('/app/small', 'after')] }),
  ]);
  expect(results.map((result) => [result.seq, result.problems])).toEqual([
    [1, []],
    [2, []],
  ]);
  for (const name of ['whole', 'streamed'])
    expect(readFileSync(pod.at(`/app/${name}`)).equals(large)).toBe(true);
});

test('20 000 paths in one batch arrive, and all of them are listed', async () => {
  const pod = await startPod();
  const { endpoint } = await connected(pod);
  const items = Array.from({ length: 20_000 }, (_, index) =>
    fileItem(`/app/d${index % 97}/some-longer-name-${index}`, `${index}`),
  );
  expect((await endpoint.apply({ seq: 1, items })).problems).toEqual([]);
  expect((await endpoint.list()).filter((listed) => listed.entry.type === 'file').length).toBe(20_000);
  const deletes = Array.from(
    { length: 97 },
    (_, index) => ({ op: 'delete', path: `/app/d${index}` }) as const,
  );
  const emptied = await endpoint.apply({ seq: 2, items: deletes });
  expect(emptied.problems).toEqual([]);
  expect(emptied.digest).toBe('0'.repeat(64));
  expect(await endpoint.list()).toEqual([]);
}, 120_000);

test('A40: a file that cannot be read to its end is a problem of its path, and the rest of its batch arrives', async () => {
  const pod = await startPod();
  const { endpoint } = await connected(pod);
  async function* vanishing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('gone');
  }
  async function* growing(): AsyncGenerator<Uint8Array> {
    for (;;) yield Buffer.from('more and more');
  }
  const { problems } = await endpoint.apply({
    seq: 1,
    items: [
      { ...fileItem('/app/vanished', 'half and half'), content: vanishing },
      { ...fileItem('/app/grown', 'once'), content: growing },
      fileItem('/app/fine', 'fine'),
    ],
  });
  expect(problems.map(({ path, code }) => [path, code])).toEqual([
    ['/app/vanished', 'digest-mismatch'],
    ['/app/grown', 'digest-mismatch'],
  ]);
  expect(readFileSync(pod.at('/app/fine'), 'utf8')).toBe('fine');
});

test('a batch without a living container is refused with its reason, and so is a listing', async () => {
  const pod = await startPod();
  const { endpoint } = await connected(pod);
  const gone = new Promise<void>((resolve) => endpoint.listen((event) => event.type === 'gone' && resolve()));
  await pod.container.stop();
  await gone;
  await expect(endpoint.apply({ seq: 1, items: [fileItem('/app/a', 'a')] })).rejects.toMatchObject({
    code: 'batch-not-applied',
  });
  await expect(endpoint.list()).rejects.toMatchObject({ code: 'agent-refused' });
});

test('a port of the pod’s loopback is reached through the connection, and one that is not open is an error', async () => {
  const pod = await startPod();
  const server = createServer((socket) => socket.end('served')).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const { endpoint } = await connected(pod);
  const stream = await endpoint.forward(port);
  let answer = '';
  for await (const chunk of stream) answer += String(chunk);
  expect(answer).toBe('served');
  server.close();
  await expect(endpoint.forward(port)).rejects.toMatchObject({ code: 'link-lost' });
});

test('another host key than the pinned one is an error of its own', async () => {
  const pod = await startPod();
  const other = connect({ ...base, hostKey: generateKeys().hostPublicKey, stream: dial(pod).stream });
  await expect(other).rejects.toMatchObject({ code: 'ssh-host-key' });
});

test('a key that the pod does not know is an error of its own', async () => {
  const pod = await startPod();
  const other = connect({ ...base, clientKey: generateKeys().clientKey, stream: dial(pod).stream });
  await expect(other).rejects.toMatchObject({ code: 'ssh-auth' });
});

test('a session of an older term is told that another has taken over', async () => {
  const pod = await startPod();
  const { endpoint } = await connected(pod);
  const newer = await connect({ ...base, stream: dial(pod).stream, hello: { ...hello, term: 5 } });
  expect(await endpoint.closed).toMatchObject({ code: 'session-superseded' });
  await expect(endpoint.apply({ seq: 1, items: [] })).rejects.toMatchObject({ code: 'session-superseded' });
  await expect(connect({ ...base, stream: dial(pod).stream })).rejects.toMatchObject({
    code: 'session-superseded',
  });
  expect((await newer.apply({ seq: 1, items: [] })).problems).toEqual([]);
});

test('a link that is cut rejects what is on its way with link-lost, and a new connection goes on', async () => {
  const pod = await startPod();
  const { endpoint, sshd } = await connected(pod);
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield Buffer.alloc(1000);
    sshd.stream.destroy();
    yield Buffer.alloc(1000);
  }
  const item = fileItem('/app/a', Buffer.alloc(5_000_000));
  const applied = endpoint.apply({ seq: 1, items: [{ ...item, content: endless }] });
  await expect(applied).rejects.toMatchObject({ code: 'link-lost' });
  expect(await endpoint.closed).toMatchObject({ code: 'link-lost' });
  const again = await connected(pod);
  expect((await again.endpoint.apply({ seq: 1, items: [item] })).problems).toEqual([]);
});

test('an agent that dies ends the connection, and its successor is reached by the next one', async () => {
  const pod = await startPod();
  const { endpoint } = await connected(pod);
  await pod.agent.kill();
  expect(await endpoint.closed).toMatchObject({ code: 'link-lost' });
  await pod.agent.start();
  const again = await connected(pod);
  expect(again.endpoint.welcome.incarnation).toBeUndefined();
  const told = new Promise<void>((resolve) =>
    again.endpoint.listen((event) => event.type === 'incarnation' && resolve()),
  );
  await pod.container.register();
  await told;
  expect((await again.endpoint.apply({ seq: 1, items: [] })).problems).toEqual([]);
});

test('A08: an agent that hangs is named as such within the deadline', async () => {
  const pod = await startPod();
  process.kill(pod.agent.pid, 'SIGSTOP');
  try {
    const attempt = connect({ ...base, stream: dial(pod).stream, deadlineMs: 1_500 });
    await expect(attempt).rejects.toMatchObject({ code: 'agent-silent' });
  } finally {
    process.kill(pod.agent.pid, 'SIGCONT');
  }
});

test('a port behind which nobody speaks ssh is an error within the deadline', async () => {
  const stream = Duplex.from({ readable: new PassThrough(), writable: new PassThrough() });
  await expect(connect({ ...base, stream, deadlineMs: 300 })).rejects.toMatchObject({ code: 'agent-silent' });
});

test('an aborted dial ends at once with the reason of its signal', async () => {
  const pod = await startPod();
  const stop = new AbortController();
  const sshd = dial(pod);
  const attempt = connect({ ...base, stream: sshd.stream, signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(attempt).rejects.toThrow('enough');
  await waitFor('sshd to end', () => sshd.process.exitCode !== null || sshd.process.signalCode !== null);
});

test('closing ends the connection down to sshd', async () => {
  const pod = await startPod();
  const { endpoint, sshd } = await connected(pod);
  endpoint.close();
  await endpoint.closed;
  await waitFor('sshd to end', () => sshd.process.exitCode !== null || sshd.process.signalCode !== null);
});
