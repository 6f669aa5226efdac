import { chmod, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { createCluster } from '../../src/kubernetes/cluster.ts';
import { execIn, podsOf, testCluster } from './cluster.ts';
import { Watching } from './kdev.ts';
import { type LinkProxy, startLinkProxy } from './link-proxy.ts';
import { makeProject, type TestProject } from './project.ts';

const patiently = { timeout: 60_000, interval: 200 };
const namespace = 'token';
const home = 'token-home';
const binding = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'ClusterRoleBinding',
  name: 'token-test',
};

let cluster: Cluster;
let project: TestProject;
let proxy: LinkProxy;
let watching: Watching | undefined;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('layer', namespace);
  proxy = await startLinkProxy(new URL(cluster.server));
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: home } });
  await cluster.apply({
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    metadata: { name: 'anna', namespace: home },
  });
  await cluster.apply({
    ...{ apiVersion: binding.apiVersion, kind: binding.kind, metadata: { name: binding.name } },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: 'anna', namespace: home }],
  });
});
afterAll(async () => {
  await watching?.stop();
  await proxy?.close();
  await project?.remove();
  await cluster?.delete(binding);
  await cluster?.delete({ apiVersion: 'v1', kind: 'Namespace', name: home });
});

const secret = (name: string) => ({ apiVersion: 'v1', kind: 'Secret', name, namespace: home });

/** A token that is good for as long as its Secret is there. */
async function makeToken(name: string): Promise<string> {
  const annotations = { 'kubernetes.io/service-account.name': 'anna' };
  await cluster.create({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace: home, annotations } },
    type: 'kubernetes.io/service-account-token',
  });
  return vi.waitFor(async () => {
    const { token } = ((await cluster.get(secret(name)))?.['data'] ?? {}) as { token?: string };
    expect(token).toBeDefined();
    return Buffer.from(token ?? '', 'base64').toString();
  }, patiently);
}

interface Kubeconfig {
  clusters: { cluster: Record<string, unknown> }[];
  users: { user: unknown }[];
}

async function kubeconfigFor(user: unknown, server?: string): Promise<string> {
  const text = await readFile(process.env['KDEV_TEST_KUBECONFIG'] ?? '', 'utf8');
  const config = parse(text) as Kubeconfig;
  for (const each of config.clusters) {
    if (server !== undefined) Object.assign(each.cluster, { server, 'tls-server-name': 'kubernetes' });
  }
  for (const each of config.users) each.user = user;
  return stringify(config);
}

async function isRefused(token: string): Promise<boolean> {
  const text = await kubeconfigFor({ token });
  const asked = await createCluster({ kubeconfig: { type: 'text', text } });
  return asked.get({ apiVersion: 'v1', kind: 'Namespace', name: home }).then(
    () => false,
    () => true,
  );
}

it('a token that expires while kdev watches is fetched anew, and what was saved meanwhile arrives (R8)', async () => {
  const first = await makeToken('first');
  const tokenFile = path.join(project.dir, 'token');
  await writeFile(tokenFile, first);
  const plugin = path.join(project.dir, 'plugin');
  const credential =
    '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"%s"}}';
  await writeFile(plugin, `#!/bin/sh\nprintf '${credential}' "$(cat ${tokenFile})"\n`);
  await chmod(plugin, 0o755);
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: plugin,
    interactiveMode: 'Never',
  };
  const kubeconfig = path.join(project.dir, 'kubeconfig');
  await writeFile(kubeconfig, await kubeconfigFor({ exec }, `https://127.0.0.1:${proxy.port}`), {
    mode: 0o600,
  });
  watching = new Watching(project.dir, project.flags, { KUBECONFIG: kubeconfig });
  await watching.event('ready');

  const second = await makeToken('second');
  await cluster.delete(secret('first'));
  await vi.waitFor(async () => expect(await isRefused(first)).toBe(true), patiently);
  const mark = watching.events.length;
  proxy.cut();
  await project.save('app/message.txt', 'with a new token');
  await watching.event('problem', ({ replica, resolved }) => replica !== undefined && !resolved, {
    from: mark,
  });
  await writeFile(tokenFile, second);
  await vi.waitFor(async () => {
    const pod = (await podsOf(cluster, namespace, 'web'))[0]?.name ?? '';
    const place = { namespace, pod, container: 'web' };
    expect(await execIn(cluster, place, ['cat', '/srv/app/message.txt'])).toBe('with a new token');
  }, patiently);
  const said = watching.since(mark, 'problem').filter(({ replica }) => replica !== undefined);
  expect(said.some(({ code }) => code === 'cluster-unauthorized' || code === 'link-lost')).toBe(true);
});
