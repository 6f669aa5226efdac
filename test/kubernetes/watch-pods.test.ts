import { afterEach, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Cluster, PodFacts } from '../../src/core/ports/cluster.ts';
import type { WorkloadReference } from '../../src/core/service.ts';
import { createCluster } from '../../src/kubernetes/cluster.ts';
import { startLinkProxy } from '../cluster/link-proxy.ts';
import {
  freshNamespace,
  testCluster,
  testDeployment,
  testKubeconfig,
  testPod,
  until,
} from './test-cluster.ts';

const cluster = await testCluster();
const sleeper = { command: ['sleep', 'infinity'] };
const web: WorkloadReference = { kind: 'Deployment', name: 'web' };
const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

function follow(from: Cluster, namespace: string, workload = web) {
  const stop = new AbortController();
  stops.push(stop);
  const troubles: string[] = [];
  let pods: readonly PodFacts[] | undefined;
  from.watchPods({
    namespace,
    workload,
    signal: stop.signal,
    onPods: (now) => {
      pods = now;
    },
    onTrouble: (why) => troubles.push(why),
  });
  const reached = (test: (pods: readonly PodFacts[]) => boolean) =>
    until(() => (pods !== undefined && test(pods) ? pods : undefined));
  return { reached, troubles };
}

test('a workload’s pods are told as they come and go, and nobody else’s with the same labels', async () => {
  const namespace = await freshNamespace(cluster);
  const { reached } = follow(cluster, namespace);
  expect(await reached((pods) => pods.length === 0)).toEqual([]);

  const stranger = testPod(namespace, 'stranger', sleeper);
  const labels = { app: 'web', 'pod-template-hash': 'x' };
  await cluster.create({ ...stranger, metadata: { ...stranger.metadata, labels } });
  await cluster.apply(testDeployment(namespace, 'web', sleeper, { replicas: 2 }));
  const two = await reached((pods) => pods.length === 2 && pods.every(({ ready }) => ready));
  expect(two.map(({ name }) => name)).not.toContain('stranger');
  expect(two[0]?.containers['web']?.state).toBe('running');

  await cluster.patch(
    { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace },
    { spec: { replicas: 1 } },
  );
  await reached((pods) => pods.length === 1);
  await cluster.delete({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace });
  await reached((pods) => pods.length === 0);
});

test('a new template’s pods have another revision', async () => {
  const namespace = await freshNamespace(cluster);
  const { reached } = follow(cluster, namespace);
  await cluster.apply(testDeployment(namespace, 'web', sleeper));
  const [before] = await reached((pods) => pods[0]?.ready === true);
  await cluster.apply(testDeployment(namespace, 'web', { ...sleeper, env: [{ name: 'A', value: 'b' }] }));
  await reached(
    (pods) => pods.length === 1 && pods[0]?.ready === true && pods[0].revision !== before?.revision,
  );
});

test('a workload that is made again under its name is followed into its new life', async () => {
  const namespace = await freshNamespace(cluster);
  const { reached } = follow(cluster, namespace);
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace };
  await cluster.apply(testDeployment(namespace, 'web', sleeper));
  const [first] = await reached((pods) => pods.length === 1);
  await cluster.delete(reference);
  await reached((pods) => pods.length === 0);
  await cluster.apply(testDeployment(namespace, 'web', sleeper));
  const [second] = await reached((pods) => pods.length === 1);
  expect(second?.uid).not.toBe(first?.uid);
});

test.each<[WorkloadReference['kind'], string]>([
  ['StatefulSet', 'apps/v1'],
  ['DaemonSet', 'apps/v1'],
  ['Job', 'batch/v1'],
])('a %s’s pods are found as well', async (kind, apiVersion) => {
  const namespace = await freshNamespace(cluster);
  const { reached } = follow(cluster, namespace, { kind, name: 'web' });
  const { spec } = testDeployment(namespace, 'web', sleeper, {
    spec: { restartPolicy: kind === 'Job' ? 'Never' : 'Always' },
  });
  const { selector, template } = spec as { selector: object; template: object };
  const body = kind === 'Job' ? { template } : { selector, template };
  await cluster.apply({ apiVersion, kind, metadata: { name: 'web', namespace }, spec: body });
  const [pod] = await reached((pods) => pods[0]?.phase === 'Running');
  expect(pod?.name).toMatch(/^web-/);
});

test('a bare Pod is its own replica', async () => {
  const namespace = await freshNamespace(cluster);
  const { reached } = follow(cluster, namespace, { kind: 'Pod', name: 'alone' });
  await cluster.create(testPod(namespace, 'alone', sleeper));
  await reached((pods) => pods[0]?.name === 'alone' && pods[0].ready);
});

test('what happens while the link is cut is told after it is back', async () => {
  const namespace = await freshNamespace(cluster);
  await cluster.apply(testDeployment(namespace, 'web', sleeper));
  const config = parse(testKubeconfig()) as { clusters: { name: string; cluster: object }[] };
  const proxy = await startLinkProxy(new URL(cluster.server));
  const clusters = config.clusters.map(({ name, cluster: entry }) => ({
    name,
    cluster: { ...entry, server: `https://127.0.0.1:${proxy.port}`, 'tls-server-name': 'kubernetes' },
  }));
  const text = JSON.stringify({ ...config, clusters });
  const { reached, troubles } = follow(
    await createCluster({ kubeconfig: { type: 'text', text } }),
    namespace,
  );
  await reached((pods) => pods.length === 1);
  proxy.refuse();
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace };
  await cluster.patch(reference, { spec: { replicas: 3 } });
  await until(() => troubles.length > 0 || undefined);
  proxy.mend();
  await reached((pods) => pods.length === 3);
  for (const stop of stops.splice(0)) stop.abort();
  await proxy.close();
});
