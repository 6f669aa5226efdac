import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Kubectl } from './kubectl.ts';
import { Observer } from './observer.ts';
import { listReplicas, type Replica } from './replicas.ts';

/** Behaves as kubectl does, with pods that answer `state.json`: a text, or null for an app that refuses. */
const fakeKubectl = `#!${process.execPath}
const { createServer } = require('node:http');
const { readFileSync } = require('node:fs');
const args = process.argv.slice(2);
const state = () => JSON.parse(readFileSync(__dirname + '/state.json', 'utf8'));
const listen = (say, answer) => {
  const server = createServer(answer).listen(0, '127.0.0.1', () => console.log(say(server.address().port)));
};
if (args[0] === 'get') console.log(JSON.stringify({ items: state().items }));
if (args[0] === 'proxy') {
  listen((port) => 'Starting to serve on 127.0.0.1:' + port, (request, response) => {
    const pod = /pods\\/(.+):8080\\/proxy/.exec(request.url)[1];
    const text = state().pods[pod];
    response.writeHead(text === null ? 502 : 200).end(text ?? 'connection refused');
  });
}
if (args[0] === 'port-forward') {
  const pod = args.find((arg) => arg.startsWith('pod/')).slice(4);
  if (!(pod in state().pods)) {
    console.error('Error from server (NotFound): pods "' + pod + '" not found');
    process.exit(1);
  }
  listen((port) => 'Forwarding from 127.0.0.1:' + port + ' -> 8080', (request, response) => {
    const text = state().pods[pod];
    if (text !== null) return response.end(text + ' by ' + process.pid);
    request.socket.destroy();
    console.error('error: lost connection to pod');
    process.exit(1);
  });
}
`;

let folder: string;
let kubectl: Kubectl;
let observer: Observer;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kdev-observer-'));
  kubectl = { binary: path.join(folder, 'kubectl.cjs') };
  await writeFile(kubectl.binary, fakeKubectl);
  await chmod(kubectl.binary, 0o755);
  observer = new Observer(kubectl);
});

afterEach(async () => {
  observer.stop();
  await rm(folder, { recursive: true });
});

function answers(pods: Record<string, string | null>, items: readonly object[] = []): Promise<void> {
  return writeFile(path.join(folder, 'state.json'), JSON.stringify({ pods, items }));
}

function replica(pod: string): Replica {
  return { namespace: 'demo', pod, ready: true, restarts: 0 };
}

test('each replica is asked through a forward of its own', async () => {
  await answers({ one: '1', two: '2' });
  const [one, two] = [await observer.ask(replica('one'), '/'), await observer.ask(replica('two'), '/')];
  expect(one.body).toMatch(/^1 by \d+$/);
  expect(two.body).toMatch(/^2 by \d+$/);
  expect(one.body.slice(5)).not.toBe(two.body.slice(5));
});

test('a forward is kept for the next question', async () => {
  await answers({ one: '1' });
  const first = await observer.ask(replica('one'), '/');
  expect(await observer.ask(replica('one'), '/')).toEqual(first);
});

test('a forward that ended with the app is opened again', async () => {
  await answers({ one: null });
  await expect(observer.ask(replica('one'), '/')).rejects.toThrow(/socket hang up|ECONNRESET/);
  await answers({ one: 'healed' });
  expect((await observer.ask(replica('one'), '/')).body).toMatch(/^healed by /);
});

test('what kubectl says reaches the error', async () => {
  await answers({});
  await expect(observer.ask(replica('gone'), '/')).rejects.toThrow('pods "gone" not found');
});

test('a glance sees an app that refuses, and the same proxy sees it back', async () => {
  await answers({ one: null });
  await observer.start();
  expect((await observer.glance(replica('one'), '/')).status).toBe(502);
  await answers({ one: 'back' });
  expect(await observer.glance(replica('one'), '/')).toEqual({ status: 200, body: 'back' });
});

test('a pod on its way out is no replica', async () => {
  const metadata = { namespace: 'demo', deletionTimestamp: undefined };
  const status = {
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [
      { name: 'kdev-sidecar', restartCount: 4 },
      { name: 'adder', restartCount: 1 },
    ],
  };
  await answers({}, [
    { metadata: { ...metadata, name: 'b' }, status },
    { metadata: { ...metadata, name: 'a' }, status: {} },
    { metadata: { ...metadata, name: 'c', deletionTimestamp: '2026-01-01T00:00:00Z' }, status },
  ]);
  expect(await listReplicas(kubectl, 'demo')).toEqual([
    { namespace: 'demo', pod: 'a', ready: false, restarts: 0 },
    { namespace: 'demo', pod: 'b', ready: true, restarts: 1 },
  ]);
});
