import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type Forward, forwardPorts } from '../../src/compose/forward-ports.ts';
import type { KdevEvent } from '../../src/core/event.ts';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { createCluster } from '../../src/kubernetes/cluster.ts';
import { freshNamespace, testDeployment, testKubeconfig, until } from '../kubernetes/test-cluster.ts';
import { podsOf, testCluster } from './cluster.ts';
import { kdevEnv, runKdev } from './kdev.ts';
import { startLinkProxy } from './link-proxy.ts';

/** Answers whatever it is told with its pod's name and its version, on port 7000. */
const answering = `
import os, socket
s = socket.create_server(('127.0.0.1', 7000))
open('/tmp/listens', 'w').close()
while True:
    c, _ = s.accept()
    try:
        if c.recv(100): c.sendall(f"{os.environ['HOSTNAME']} {os.environ['VERSION']}".encode())
    except OSError: pass # whoever asked has gone
    c.close()
`;

const container = (version: string) => ({
  command: ['python3', '-c', answering],
  env: [{ name: 'VERSION', value: version }],
  readinessProbe: { exec: { command: ['test', '-e', '/tmp/listens'] }, periodSeconds: 1 },
});

const service = { name: 'answer', workload: { kind: 'Deployment', name: 'answer' } } as const;

let cluster: Cluster;
let namespace: string;
let dir: string;
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  cluster = await testCluster();
  namespace = await freshNamespace(cluster);
  await cluster.apply(testDeployment(namespace, 'answer', container('one')));
  await until(
    async () => (await podsOf(cluster, namespace, 'answer')).some(({ ready }) => ready) || undefined,
  );
  dir = await mkdtemp(path.join(tmpdir(), 'kdev-forward-'));
  await writeFile(path.join(dir, 'k8s.yaml'), '');
  await writeFile(
    path.join(dir, 'dev.config.ts'),
    `import { defineConfig } from 'kdev';
export default defineConfig({ name: 'forwarding', manifests: 'k8s.yaml', services: { answer: { sync: { '.': '/srv' } } } });
`,
  );
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function forward(from: Cluster, remote = 7000) {
  const stop = new AbortController();
  stops.push(() => stop.abort());
  const problems: KdevEvent[] = [];
  const [opened] = await forwardPorts({
    ...{ cluster: from, namespace, service, ports: [{ local: 0, remote }], address: '127.0.0.1' },
    bus: { emit: (event) => problems.push(event) },
    signal: stop.signal,
  });
  return { port: (opened as Forward).local, problems, stop: () => stop.abort() };
}

/** What the service answers on a new connection; empty when it is closed without an answer. */
async function ask(port: number): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  let text = '';
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    text += chunk;
  });
  socket.write('?');
  // A reset closes it as well.
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

describe('a forwarded port', () => {
  it('stays through a rollout and a replaced pod: a connection waits for the next replica (X6)', async () => {
    const { port } = await forward(cluster);
    expect(await ask(port)).toMatch(/ one$/);
    await cluster.apply(testDeployment(namespace, 'answer', container('two')), { force: true });
    await until(async () => ((await ask(port)).endsWith(' two') ? true : undefined));
    const [pod] = (await ask(port)).split(' ');
    await cluster.delete(
      { apiVersion: 'v1', kind: 'Pod', name: pod ?? '', namespace },
      { gracePeriodSeconds: 0 },
    );
    const next = await until(async () => {
      const answer = await ask(port);
      return answer !== '' && !answer.startsWith(`${pod} `) ? answer : undefined;
    });
    expect(next).toMatch(/ two$/);
  });

  it('of one session is independent of another one’s, to the same replica (X6)', async () => {
    const [one, other] = [await forward(cluster), await forward(cluster)];
    expect(one.port).not.toBe(other.port);
    expect(await ask(one.port)).toBe(await ask(other.port));
    one.stop();
    await until(async () => ((await ask(one.port).catch(() => '')) === '' ? true : undefined));
    for (let time = 0; time < 5; time++) expect(await ask(other.port)).toMatch(/^answer-/);
    expect(other.problems).toEqual([]);
  });

  it('stays when the link is cut', async () => {
    const proxy = await startLinkProxy(new URL(cluster.server));
    stops.push(() => proxy.close());
    const config = parse(testKubeconfig()) as { clusters: { cluster: Record<string, unknown> }[] };
    for (const { cluster: entry } of config.clusters) {
      entry['server'] = `https://127.0.0.1:${proxy.port}`;
      entry['tls-server-name'] = 'kubernetes';
    }
    const link = await createCluster({ kubeconfig: { type: 'text', text: JSON.stringify(config) } });
    const { port } = await forward(link);
    for (let cut = 1; cut <= 3; cut++) {
      expect(await ask(port)).toMatch(/^answer-/);
      const open = connect(port, '127.0.0.1');
      open.on('error', () => undefined);
      await once(open, 'connect');
      proxy.cut();
      open.destroy();
    }
    expect(await ask(port)).toMatch(/^answer-/);
  });

  it('closes a connection where nobody listens, and says so', async () => {
    const { port, problems } = await forward(cluster, 7999);
    expect(await ask(port)).toBe('');
    await until(() => problems.length > 0 || undefined);
    expect(problems[0]).toMatchObject({
      event: 'problem',
      message: expect.stringContaining('Nothing listens on port 7999') as string,
    });
  });
});

describe('kdev port-forward', () => {
  const flags = () => ['--context', cluster.context, '--namespace', namespace];

  it('opens what it is asked for, says where, and ends with Ctrl-C', async () => {
    const executable = path.resolve(import.meta.dirname, '..', '..', 'bin', 'kdev');
    const args = [executable, 'port-forward', 'answer', ':7000', '--json', ...flags()];
    const child = spawn(process.execPath, args, { cwd: dir, env: kdevEnv() });
    stops.push(() => child.kill('SIGKILL'));
    const closed = once(child, 'close');
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
    const ready = JSON.parse(line) as Extract<KdevEvent, { event: 'ready' }>;
    expect(ready).toMatchObject({ event: 'ready', services: [{ service: 'answer', replicas: 1 }] });
    expect(await ask(Number(new URL(ready.services[0]?.urls[0] ?? '').port))).toMatch(/^answer-/);
    child.kill('SIGINT');
    expect((await closed)[0]).toBe(130);
  });

  it('names who has a port that is taken', async () => {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stops.push(() => server.close());
    const { port } = server.address() as AddressInfo;
    const { exitCode, stderr } = await runKdev(['port-forward', `${port}:7000`, ...flags()], { cwd: dir });
    expect([exitCode, stderr]).toEqual([2, expect.stringContaining('port-in-use')]);
    expect(stderr).toContain(`process ${process.pid} (`);
  });

  it.each([
    [['70000'], 'not "70000"'],
    [['a:b'], 'not "a:b"'],
    [[], 'No port is named'],
  ])('refuses %j', async (ports, words) => {
    const { exitCode, stderr } = await runKdev(['port-forward', ...ports, ...flags()], { cwd: dir });
    expect([exitCode, stderr.replaceAll(/\s+/g, ' ')]).toEqual([2, expect.stringContaining(words)]);
  });
});
