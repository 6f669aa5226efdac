import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { answerJson, type FakeApiServer, startFakeApiServer } from '../../test/fakes/api-server.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import { createApiClient } from './api-client.ts';
import { createCredentialStore } from './credentials.ts';
import { followObjects } from './follow-objects.ts';
import { loadKubeconfig } from './kubeconfig.ts';

let server: FakeApiServer;
let stop: AbortController;
let lists: number;
let watches: { readonly from: string; readonly response: ServerResponse }[];
let listed: readonly string[];
let refuseList: boolean;

beforeEach(async () => {
  stop = new AbortController();
  lists = 0;
  watches = [];
  listed = [];
  refuseList = false;
  server = await startFakeApiServer({
    answer: (request, response) => {
      const query = new URL(String(request.url), 'http://x').searchParams;
      if (query.get('watch') === 'true') {
        response.writeHead(200).flushHeaders();
        watches.push({ from: query.get('resourceVersion') ?? '', response });
        return;
      }
      lists++;
      if (refuseList) return answerJson(response, 503, { message: 'not now' });
      answerJson(response, 200, {
        metadata: { resourceVersion: `list-${lists}` },
        items: listed.map((name) => object(name, '1')),
      });
    },
  });
});

afterEach(async () => {
  stop.abort();
  await server.close();
});

function object(name: string, resourceVersion: string): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name, uid: `uid-${name}`, resourceVersion } };
}

async function start() {
  const seen: string[][] = [];
  const troubles: string[] = [];
  const { copy } = await loadKubeconfig({ type: 'text', text: server.kubeconfig }, undefined);
  const client = createApiClient({ server: server.url, credentials: createCredentialStore(copy) });
  followObjects(client, {
    path: '/api/v1/namespaces/n/pods',
    selectors: {},
    action: { resource: 'pods', namespace: 'n' },
    signal: stop.signal,
    onObjects: (objects) => seen.push(objects.map(({ metadata }) => metadata.name)),
    onTrouble: (why) => troubles.push(why),
  });
  return { seen, troubles };
}

function send(response: ServerResponse | undefined, type: string, body: unknown): void {
  response?.write(`${JSON.stringify({ type, object: body })}\n`);
}

async function watchOpened(
  count: number,
): Promise<{ readonly from: string; readonly response: ServerResponse }> {
  await vi.waitFor(() => expect(watches).toHaveLength(count), { timeout: 5000 });
  const opened = watches[count - 1];
  if (!opened) throw new Error('no watch');
  return opened;
}

test('what is there comes first, then every change', async () => {
  listed = ['a'];
  const { seen } = await start();
  const { response } = await watchOpened(1);
  send(response, 'ADDED', object('b', '2'));
  await vi.waitFor(() => expect(seen.at(-1)).toEqual(['a', 'b']));
  send(response, 'DELETED', object('a', '3'));
  await vi.waitFor(() => expect(seen.at(-1)).toEqual(['b']));
});

test('a watch that the server ends goes on from the last version, bookmarks included, without another list', async () => {
  const { seen } = await start();
  const first = await watchOpened(1);
  expect(first.from).toBe('list-1');
  send(first.response, 'ADDED', object('a', '7'));
  send(first.response, 'BOOKMARK', object('', '9'));
  await vi.waitFor(() => expect(seen.at(-1)).toEqual(['a']));
  first.response.end();
  expect((await watchOpened(2)).from).toBe('9');
  expect(lists).toBe(1);
});

test('a watch that is cut is trouble, opened again, and told as a recovery', async () => {
  listed = ['a'];
  const { seen, troubles } = await start();
  const first = await watchOpened(1);
  first.response.destroy();
  await watchOpened(2);
  expect(troubles).toHaveLength(1);
  await vi.waitFor(() => expect(seen).toEqual([['a'], ['a']]));
});

test('a version that is too old makes it list again, and what went meanwhile is gone', async () => {
  listed = ['a', 'b'];
  const { seen } = await start();
  const first = await watchOpened(1);
  listed = ['b'];
  send(first.response, 'ERROR', { kind: 'Status', code: 410, message: 'too old' });
  first.response.end();
  expect((await watchOpened(2)).from).toBe('list-2');
  expect(seen.at(-1)).toEqual(['b']);
});

test('a server that is ill is asked again until it is well', async () => {
  refuseList = true;
  const { troubles, seen } = await start();
  await vi.waitFor(() => expect(troubles.length).toBeGreaterThan(1));
  expect(troubles[0]).toContain('not now');
  refuseList = false;
  await vi.waitFor(() => expect(seen).toEqual([[]]), { timeout: 5000 });
});

test('an event that arrives in two pieces, cut inside a letter, is read whole', async () => {
  const { seen } = await start();
  const { response } = await watchOpened(1);
  const bytes = Buffer.from(`${JSON.stringify({ type: 'ADDED', object: object('ä', '2') })}\n`);
  const cut = bytes.indexOf(0xc3) + 1;
  response.write(bytes.subarray(0, cut));
  await new Promise((resolve) => setImmediate(resolve));
  response.write(bytes.subarray(cut));
  await vi.waitFor(() => expect(seen.at(-1)).toEqual(['ä']));
});

test('nothing is told after the signal', async () => {
  const { seen } = await start();
  const { response } = await watchOpened(1);
  stop.abort();
  await vi.waitFor(() => expect(response.closed).toBe(true));
  expect(seen).toEqual([[]]);
});
