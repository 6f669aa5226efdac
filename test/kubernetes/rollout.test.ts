import { test } from 'vitest';
import type { WorkloadReference } from '../../src/core/service.ts';
import { waitForRollout } from '../../src/kubernetes/rollout.ts';
import { freshNamespace, type TestContainer, testCluster, testDeployment, until } from './test-cluster.ts';

const cluster = await testCluster();
const sleeper = { command: ['sleep', 'infinity'] };
const workload: WorkloadReference = { kind: 'Deployment', name: 'web' };

async function rollOut(
  container: TestContainer,
  options: {
    readonly spec?: object;
    readonly labels?: Record<string, string>;
  } = {},
): Promise<readonly (string | undefined)[]> {
  const namespace = await freshNamespace(cluster, options.labels);
  await cluster.apply(testDeployment(namespace, 'web', container, { spec: options.spec ?? {} }));
  const troubles: (string | undefined)[] = [];
  await waitForRollout({
    cluster,
    namespace,
    workload,
    timeoutMs: 60_000,
    onTrouble: (why) => troubles.push(why),
  });
  return troubles;
}

test.concurrent('a rollout is over when every pod is ready', async ({ expect }) => {
  await expect(rollOut(sleeper)).resolves.toEqual([]);
});

test.concurrent('a rollout is not over while a pod of the old template is left', async ({ expect }) => {
  const namespace = await freshNamespace(cluster);
  await cluster.apply(testDeployment(namespace, 'web', sleeper));
  await waitForRollout({ cluster, namespace, workload });
  await cluster.apply(testDeployment(namespace, 'web', { ...sleeper, env: [{ name: 'A', value: 'b' }] }));
  await waitForRollout({ cluster, namespace, workload });
  const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: 'app=web' });
  const present = pods.filter(({ metadata }) => metadata['deletionTimestamp'] === undefined);
  expect(present.map((pod) => JSON.stringify(pod['spec']).includes('"A"'))).toEqual([true]);
});

test.concurrent('an image that is not there is told in the registry’s words', async ({ expect }) => {
  await expect(rollOut({ image: 'localhost:1/none:1' })).rejects.toMatchObject({
    code: 'image-pull-failed',
    fault: 'environment',
    why: expect.stringMatching(/localhost:1\/none:1.*connection refused/) as string,
  });
});

test.concurrent('a pod that no node takes is told in the scheduler’s words', async ({ expect }) => {
  const rollout = rollOut({ ...sleeper, resources: { requests: { cpu: '1000' } } });
  await expect(rollout).rejects.toMatchObject({
    code: 'pod-unschedulable',
    why: expect.stringContaining('Insufficient cpu') as string,
  });
});

test.concurrent('a pod that never becomes ready is told by the event that says why', async ({ expect }) => {
  const readinessProbe = { exec: { command: ['sh', '-c', 'echo not yet; exit 1'] }, periodSeconds: 1 };
  const namespace = await freshNamespace(cluster);
  await cluster.apply(testDeployment(namespace, 'web', { ...sleeper, readinessProbe }));
  await until(async () => {
    const events = await cluster.list({ apiVersion: 'v1', kind: 'Event', namespace });
    return events.some(({ reason }) => reason === 'Unhealthy') || undefined;
  });
  const rollout = waitForRollout({ cluster, namespace, workload, timeoutMs: 4_000 });
  await expect(rollout).rejects.toMatchObject({
    code: 'pod-not-ready',
    why: expect.stringContaining('Readiness probe failed: not yet') as string,
  });
});

test.concurrent('a Secret that is not there is named', async ({ expect }) => {
  const envFrom = [{ secretRef: { name: 'forgotten' } }];
  await expect(rollOut({ ...sleeper, envFrom })).rejects.toMatchObject({
    code: 'pod-not-ready',
    why: expect.stringContaining('secret "forgotten" not found') as string,
  });
});

test.concurrent('a container that keeps ending is told with how it ended', async ({ expect }) => {
  const container = {
    command: ['sh', '-c', 'echo no database > /dev/termination-log; exit 7'],
    // Without a probe its few milliseconds count as being ready.
    readinessProbe: { exec: { command: ['false'] } },
  };
  await expect(rollOut(container)).rejects.toMatchObject({
    code: 'pod-not-ready',
    why: expect.stringContaining('exit code 7: no database') as string,
  });
});

test.concurrent('pods that PodSecurity refuses are told in its words', async ({ expect }) => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  await expect(rollOut(sleeper, { labels })).rejects.toMatchObject({
    code: 'cluster-rejected',
    why: expect.stringContaining('violates PodSecurity "restricted') as string,
  });
});

test.concurrent('waiting ends with the signal', async ({ expect }) => {
  const namespace = await freshNamespace(cluster);
  await cluster.apply(
    testDeployment(namespace, 'web', { ...sleeper, readinessProbe: { exec: { command: ['false'] } } }),
  );
  const stop = new AbortController();
  const rollout = waitForRollout({ cluster, namespace, workload, signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(rollout).rejects.toThrow('enough');
});
