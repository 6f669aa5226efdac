import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerJson, type FakeApiServer, startFakeApiServer } from '../../test/fakes/api-server.ts';
import { createCluster } from './cluster.ts';

let dir: string;
const servers: FakeApiServer[] = [];
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'kdev-pinned-'));
});
afterEach(async () => {
  rmSync(dir, { recursive: true, force: true });
  for (const server of servers.splice(0)) await server.close();
});

async function startServer(answered: string[], name: string): Promise<FakeApiServer> {
  const server = await startFakeApiServer({
    answer: (request, response) => {
      answered.push(`${name} ${request.method}`);
      answerJson(response, 200, { gitVersion: name });
    },
  });
  servers.push(server);
  return server;
}

test('S2: a context that somebody switches or points elsewhere meanwhile is that of the beginning all the same', async () => {
  const answered: string[] = [];
  const [first, second] = [await startServer(answered, 'first'), await startServer(answered, 'second')];
  const file = path.join(dir, 'kubeconfig');
  writeFileSync(file, first.kubeconfig);
  const cluster = await createCluster({ kubeconfig: { type: 'file', path: file } });
  writeFileSync(file, second.kubeconfig);
  expect(await cluster.check()).toMatchObject({ version: 'first' });
  const last = cluster.withSignal(AbortSignal.timeout(60_000));
  expect(await last.check()).toMatchObject({ version: 'first' });
  expect([last.context, last.server]).toEqual([cluster.context, cluster.server]);
  expect(answered).toEqual(['first GET', 'first GET']);
});

test('with a signal of its own it goes on when that of the beginning has ended', async () => {
  const server = await startServer([], 'only');
  const ended = AbortSignal.abort(new Error('over'));
  const cluster = await createCluster({
    kubeconfig: { type: 'text', text: server.kubeconfig },
    signal: ended,
  });
  await expect(cluster.check()).rejects.toThrow('over');
  expect(await cluster.withSignal(AbortSignal.timeout(60_000)).check()).toMatchObject({ version: 'only' });
});

test('M7: 300 objects are listed in one call, and 300 calls are on their way at once', async () => {
  const names = Array.from({ length: 300 }, (_, index) => `service-${index}`);
  const resources = [{ name: 'services', kind: 'Service', namespaced: true }];
  const held: (() => void)[] = [];
  let lists = 0;
  const server = await startFakeApiServer({
    answer: (request, response) => {
      const { pathname } = new URL(request.url ?? '', 'http://server');
      const service = (name: string) => ({ kind: 'Service', metadata: { name, namespace: 'shop' } });
      if (pathname === '/api/v1') return answerJson(response, 200, { kind: 'APIResourceList', resources });
      if (pathname === '/api/v1/namespaces/shop/services') {
        lists += 1;
        return answerJson(response, 200, { kind: 'ServiceList', items: names.map(service), metadata: {} });
      }
      // Nobody is answered before everybody has asked: who holds calls back waits for ever.
      held.push(() => answerJson(response, 200, service(path.basename(pathname))));
      if (held.length === names.length) for (const answer of held) answer();
    },
  });
  servers.push(server);
  const cluster = await createCluster({ kubeconfig: { type: 'text', text: server.kubeconfig } });
  const kind = { apiVersion: 'v1', kind: 'Service', namespace: 'shop' };
  const listed = await cluster.list(kind);
  expect(listed.map(({ metadata }) => metadata.name)).toEqual(names);
  expect(lists).toBe(1);
  const got = await Promise.all(listed.map(({ metadata: { name } }) => cluster.get({ ...kind, name })));
  expect(got.map((object) => object?.metadata.name)).toEqual(names);
});
