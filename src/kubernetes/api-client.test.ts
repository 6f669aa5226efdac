import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { answerJson, type FakeApiServer, startFakeApiServer } from '../../test/fakes/api-server.ts';
import { createCluster } from './cluster.ts';

const dir = mkdtempSync(join(tmpdir(), 'kdev-api-'));
let server: FakeApiServer | undefined;
afterEach(async () => {
  await server?.close();
});
afterAll(() => rmSync(dir, { recursive: true }));

const pod = { apiVersion: 'v1', kind: 'Pod', name: 'p', namespace: 'n' };

test('calls that follow one another share one connection', async () => {
  let connections = 0;
  server = await startFakeApiServer({ answer: (_, response) => answerJson(response, 200, {}) });
  server.http.on('connection', () => {
    connections++;
  });
  const cluster = await createCluster({ kubeconfig: { type: 'text', text: server.kubeconfig } });
  for (let i = 0; i < 5; i++) await cluster.get(pod);
  expect(connections).toBe(1);
});

test('a kept connection that the server closed meanwhile is no failure', async () => {
  server = await startFakeApiServer({ answer: (_, response) => answerJson(response, 200, { fine: true }) });
  const cluster = await createCluster({ kubeconfig: { type: 'text', text: server.kubeconfig } });
  await cluster.get(pod);
  server.http.closeAllConnections();
  expect(await cluster.get(pod)).toEqual({ fine: true });
});

test('after a 401 the credential plugin is asked once more and the call sent again', async () => {
  const tokens = join(dir, 'tokens');
  const plugin = join(dir, 'plugin.sh');
  writeFileSync(tokens, 'old');
  const credential = '{"kind":"ExecCredential","status":{"token":"\'$(cat tokens)\'"}}';
  writeFileSync(plugin, `cd ${dir}; echo '${credential}'`);
  const seen: (string | undefined)[] = [];
  server = await startFakeApiServer({
    user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'sh', args: [plugin] } },
    answer: (request, response) => {
      seen.push(request.headers.authorization);
      const good = request.headers.authorization === 'Bearer new';
      answerJson(response, good ? 200 : 401, { message: 'Unauthorized' });
    },
  });
  const cluster = await createCluster({ kubeconfig: { type: 'text', text: server.kubeconfig } });
  await expect(cluster.get(pod)).rejects.toMatchObject({ code: 'cluster-unauthorized' });
  expect(seen).toEqual(['Bearer old', 'Bearer old']);
  writeFileSync(tokens, 'new');
  seen.length = 0;
  await cluster.get(pod);
  await cluster.get(pod);
  expect(seen).toEqual(['Bearer old', 'Bearer new', 'Bearer new']);
});

test('a credential plugin that fails is quoted', async () => {
  server = await startFakeApiServer({
    user: {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: 'sh',
        args: ['-c', 'echo log in >&2; exit 1'],
      },
    },
    answer: (_, response) => answerJson(response, 200, {}),
  });
  const cluster = await createCluster({ kubeconfig: { type: 'text', text: server.kubeconfig } });
  await expect(cluster.get(pod)).rejects.toMatchObject({
    code: 'cluster-unauthorized',
    what: expect.stringContaining('"sh"') as string,
    why: 'log in.',
  });
});

test('a server that is not there is told with its address', async () => {
  server = await startFakeApiServer({ answer: () => undefined });
  const { kubeconfig, url } = server;
  await server.close();
  const cluster = await createCluster({ kubeconfig: { type: 'text', text: kubeconfig } });
  await expect(cluster.check()).rejects.toMatchObject({
    code: 'cluster-unreachable',
    what: `The API server at ${url} does not answer.`,
    why: expect.stringContaining('connection was refused') as string,
  });
});

test('an abort rejects with its own reason', async () => {
  server = await startFakeApiServer({ answer: () => undefined });
  const cluster = await createCluster({ kubeconfig: { type: 'text', text: server.kubeconfig } });
  const stop = new AbortController();
  const call = cluster.check(stop.signal);
  stop.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
});

test('what is applied goes as it is, fields that nobody knows included', async () => {
  let sent: unknown;
  let head: unknown;
  server = await startFakeApiServer({
    answer: (request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      request.on('end', () => {
        sent = JSON.parse(body);
        head = [request.method, request.url, request.headers['content-type']];
        answerJson(response, 200, {});
      });
    },
  });
  const cluster = await createCluster({ kubeconfig: { type: 'text', text: server.kubeconfig } });
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace: 'n' },
    fromTheFuture: [1],
  };
  await cluster.apply(object);
  expect(sent).toEqual(object);
  expect(head).toEqual([
    'PATCH',
    '/api/v1/namespaces/n/configmaps/c?fieldManager=kdev&force=false&fieldValidation=Strict',
    'application/apply-patch+yaml',
  ]);
});

test('kinds that kdev does not know are looked up, and live in no namespace where the cluster says so', async () => {
  const urls: string[] = [];
  server = await startFakeApiServer({
    answer: (request, response) => {
      urls.push(String(request.url).split('?')[0] ?? '');
      const resources = [
        { name: 'widgets', kind: 'Widget', namespaced: false },
        { name: 'widgets/status', kind: 'Widget', namespaced: false },
      ];
      answerJson(response, 200, request.method === 'GET' ? { resources } : {});
    },
  });
  const cluster = await createCluster({ kubeconfig: { type: 'text', text: server.kubeconfig } });
  const widget = { apiVersion: 'x.io/v1', kind: 'Widget', metadata: { name: 'w', namespace: 'n' } };
  await cluster.apply(widget);
  await cluster.apply(widget);
  expect(urls).toEqual(['/apis/x.io/v1', '/apis/x.io/v1/widgets/w', '/apis/x.io/v1/widgets/w']);
  await expect(cluster.apply({ ...widget, kind: 'Gadget' })).rejects.toMatchObject({
    code: 'cluster-rejected',
    what: 'The cluster knows no kind "Gadget" in "x.io/v1".',
  });
});
