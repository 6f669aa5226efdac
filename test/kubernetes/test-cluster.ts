import { readFileSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { afterAll } from 'vitest';
import type { Cluster, KubernetesObject } from '../../src/core/ports/cluster.ts';
import { createCluster } from '../../src/kubernetes/cluster.ts';

/** The kubeconfig of the box that the test run's set-up made. */
export function testKubeconfig(): string {
  const path = process.env['KDEV_TEST_KUBECONFIG'];
  if (path === undefined || path === '') {
    throw new Error('KDEV_TEST_KUBECONFIG is not set: it names the kubeconfig of a box for these tests');
  }
  return readFileSync(path, 'utf8');
}

export function testCluster(): Promise<Cluster> {
  return createCluster({ kubeconfig: { type: 'text', text: testKubeconfig() } });
}

const namespaces: { readonly cluster: Cluster; readonly name: string }[] = [];
// Registered when a test file imports this one: a hook that a running test registers comes too late.
afterAll(async () => {
  const deletions = namespaces.map(({ cluster, name }) =>
    cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name }),
  );
  await Promise.all(deletions);
});

/** A new namespace for one test; it goes after the file's last test. */
export async function freshNamespace(
  cluster: Cluster,
  labels: Readonly<Record<string, string>> = {},
): Promise<string> {
  const name = `kdev-test-${process.pid}-${Date.now().toString(36)}-${namespaces.length}`;
  namespaces.push({ cluster, name });
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  // Without the one its pods are refused, without the other they are warned about.
  for (const [kind, each] of [
    ['ServiceAccount', 'default'],
    ['ConfigMap', 'kube-root-ca.crt'],
  ] as const)
    await until(() => cluster.get({ apiVersion: 'v1', kind, name: each, namespace: name }));
  return name;
}

export interface TestContainer {
  readonly image?: string;
  readonly command?: readonly string[];
  readonly [field: string]: unknown;
}

export function testPod(
  namespace: string,
  name: string,
  container: TestContainer,
  spec: object = {},
): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: podSpec(container, spec),
  };
}

export function testDeployment(
  namespace: string,
  name: string,
  container: TestContainer,
  options: { readonly replicas?: number; readonly spec?: object } = {},
): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace },
    spec: {
      replicas: options.replicas ?? 1,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: podSpec(container, options.spec ?? {}) },
    },
  };
}

function podSpec(container: TestContainer, spec: object): object {
  return {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'web', image: 'python:3.11-slim', ...container }],
    ...spec,
  };
}

/** Asks again every 50 ms until the answer is not `undefined`; the test's own time limit ends it. */
export async function until<T>(ask: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The first bytes of a stream; `undefined` where it ends or breaks before them. */
export function firstBytes(stream: Duplex): Promise<string | undefined> {
  return new Promise<string | undefined>((resolve) => {
    stream.once('data', (data: Buffer) => resolve(data.toString()));
    stream.on('error', () => resolve(undefined));
    stream.once('close', () => resolve(undefined));
  }).finally(() => stream.destroy());
}

/** Waits until a pod's container runs. */
export async function running(cluster: Cluster, namespace: string, name: string): Promise<void> {
  await until(async () => {
    const pod = await cluster.get({ apiVersion: 'v1', kind: 'Pod', name, namespace });
    const status = pod?.['status'] as { phase?: string } | undefined;
    return status?.phase === 'Running' || undefined;
  });
}
