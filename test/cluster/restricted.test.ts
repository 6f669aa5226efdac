import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Cluster, KubernetesObject } from '../../src/core/ports/cluster.ts';
import { freshNamespace, testDeployment, testKubeconfig, until } from '../kubernetes/test-cluster.ts';
import { askPod, podsOf, testCluster } from './cluster.ts';
import { type Finished, runKdev, Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

const patiently = { timeout: 45_000, interval: 200 };

let cluster: Cluster;
let namespace: string;
let project: TestProject;
let flags: readonly string[];

beforeAll(async () => {
  cluster = await testCluster();
  namespace = await freshNamespace(cluster);
  project = await makeProject('layer', namespace);
  flags = project.flags;
});
afterAll(() => project?.remove());

/** What somebody needs who develops in one namespace: nothing of the cluster, and no commands in containers. */
const rules = [
  { apiGroups: [''], resources: ['namespaces'], verbs: ['get'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['get', 'list', 'watch'] },
  { apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create'] },
  { apiGroups: [''], resources: ['pods/log'], verbs: ['get'] },
  { apiGroups: [''], resources: ['events'], verbs: ['list'] },
  { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list', 'create', 'patch', 'delete'] },
  {
    apiGroups: ['apps'],
    resources: ['deployments'],
    verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'],
  },
  { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['list', 'watch'] },
  {
    apiGroups: ['coordination.k8s.io'],
    resources: ['leases'],
    verbs: ['get', 'list', 'create', 'patch', 'delete'],
  },
];

/** A kubeconfig of somebody with these rights only. */
async function restrictedKubeconfig(): Promise<string> {
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = { name: 'anna', namespace };
  await cluster.create({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  await cluster.create({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules });
  await cluster.create({
    ...{ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata },
    roleRef: { apiGroup: rbac, kind: 'Role', name: 'anna' },
    subjects: [{ kind: 'ServiceAccount', name: 'anna', namespace }],
  });
  const annotations = { 'kubernetes.io/service-account.name': 'anna' };
  await cluster.create({
    ...{ apiVersion: 'v1', kind: 'Secret', metadata: { ...metadata, annotations } },
    type: 'kubernetes.io/service-account-token',
  });
  const token = await until(async () => {
    const secret = await cluster.get({ apiVersion: 'v1', kind: 'Secret', ...metadata });
    return (secret?.['data'] as { token?: string } | undefined)?.token;
  });
  const config = parse(testKubeconfig()) as { users: { user: unknown }[] };
  for (const each of config.users) each.user = { token: Buffer.from(token, 'base64').toString() };
  const file = path.join(project.dir, 'kubeconfig');
  await writeFile(file, stringify(config), { mode: 0o600 });
  return file;
}

const web = () => ({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace });

describe('S9: a workload that somebody else made', () => {
  it('has its replicas, probes and image after up and down as before, because kdev touches none of it', async () => {
    const probe = { exec: { command: ['true'] }, periodSeconds: 7 };
    const container = { command: ['sleep', 'infinity'], livenessProbe: probe, readinessProbe: probe };
    await cluster.apply(testDeployment(namespace, 'web', container, { replicas: 2 }));
    const ready = async () => {
      const pods = await podsOf(cluster, namespace, 'web');
      return pods.filter((pod) => pod.ready).length === 2 ? pods.map(({ uid }) => uid).sort() : undefined;
    };
    const pods = await until(ready);
    const state = async () => {
      const { spec, metadata } = (await cluster.get(web())) as KubernetesObject & { spec: unknown };
      const { generation, labels, annotations } = metadata as Record<string, unknown>;
      return { spec, generation, labels, annotations };
    };
    const before = await state();
    const up = await runKdev(['up', ...flags], { cwd: project.dir });
    expect([up.exitCode, up.stderr]).toEqual([2, expect.stringContaining('workload-foreign')]);
    const down = await runKdev(['down', ...flags], { cwd: project.dir });
    expect(down.exitCode).toBe(0);
    expect(await state()).toEqual(before);
    expect(await until(ready)).toEqual(pods);
    await cluster.delete(web());
  });
});

describe('S4: with rights in one namespace and none to run commands', () => {
  let env: Readonly<Record<string, string>>;
  const kdev = (...args: string[]): Promise<Finished> =>
    runKdev([...args, ...flags], { cwd: project.dir, env });

  beforeAll(async () => {
    env = { KUBECONFIG: await restrictedKubeconfig() };
  });

  it('a watch brings everything up, saves arrive, apps restart, and status knows it', async () => {
    const watching = new Watching(project.dir, flags, env);
    try {
      await watching.event('ready');
      const mark = watching.events.length;
      await project.save('app/message.txt', 'with few rights');
      await project.edit('app/server.py', '"""Answers', '"""Says');
      await watching.event('restarted', () => true, { from: mark });
      await vi.waitFor(async () => {
        const [pod] = await podsOf(cluster, namespace, 'web');
        expect(await askPod(cluster, { namespace, pod: pod?.name ?? '' })).toBe('with few rights True');
      }, patiently);
      expect((await kdev('status')).exitCode).toBe(0);
      expect(watching.since(0, 'problem').filter(({ code }) => code.startsWith('cluster-'))).toEqual([]);
    } finally {
      expect(await watching.stop()).toBe(130);
    }
  });

  it('what needs more says which right is missing', async () => {
    const { exitCode, stderr } = await runKdev(['exec', ...flags, '--', 'true'], { cwd: project.dir, env });
    expect([exitCode, stderr]).toEqual([3, expect.stringContaining('cluster-forbidden')]);
    expect(stderr).toMatch(/pods\/exec/);
  });

  it('down takes away what was made, and nothing else', async () => {
    expect((await kdev('down')).exitCode).toBe(0);
    expect(await cluster.get(web())).toBeUndefined();
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', name: 'anna', namespace };
    expect(await cluster.get(role)).toBeDefined();
  });
});
