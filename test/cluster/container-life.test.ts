import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { askPod, execIn, killContainer, podsOf, testCluster } from './cluster.ts';
import { Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

const patiently = { timeout: 90_000, interval: 200 };

let cluster: Cluster;
beforeAll(async () => {
  cluster = await testCluster();
});

/** Ends the container's first process and waits until the kubelet has started it again. */
async function restartContainer(pod: { namespace: string; pod: string; container: string }): Promise<void> {
  const restarts = async () => {
    const pods = await podsOf(cluster, pod.namespace, pod.container);
    return pods.find(({ name }) => name === pod.pod)?.containers[pod.container];
  };
  const before = (await restarts())?.restarts ?? 0;
  await killContainer(cluster, pod);
  await vi.waitFor(async () => {
    const now = await restarts();
    expect(now?.restarts).toBeGreaterThan(before);
    expect(now?.state).toBe('running');
  }, patiently);
}

/** Waits until every replica has what became of these paths since a mark, be it one change set or several. */
async function haveArrived(watching: Watching, from: number, ...changed: readonly string[]): Promise<void> {
  for (const path of changed) {
    const { seq } = await watching.event('change', ({ paths }) => paths.includes(path), { from });
    await watching.event('synced', (each) => each.seq >= seq, { from });
  }
}

describe('files on the container’s own layer', () => {
  let project: TestProject;
  let watching: Watching;
  let pod: { namespace: string; pod: string; container: string };
  const ask = () => askPod(cluster, pod);

  beforeAll(async () => {
    project = await makeProject('layer', 'layer');
    watching = new Watching(project.dir, project.flags);
    await watching.event('ready');
    const [only] = await podsOf(cluster, project.namespace, 'web');
    pod = { namespace: project.namespace, pod: only?.name ?? '', container: 'web' };
  });
  afterAll(async () => {
    await watching?.stop();
    await project?.remove();
  });

  it('are all there before the app starts for the first time (R14)', async () => {
    expect(await vi.waitUntil(ask, patiently)).toBe('one True');
  });

  it('are put back from the journal before the app starts again, with nobody watching (R1)', async () => {
    const mark = watching.events.length;
    await project.save('app/message.txt', 'two');
    await rm(path.join(project.dir, 'app', 'doomed.txt'));
    await haveArrived(watching, mark, 'app/message.txt', 'app/doomed.txt');
    expect(await watching.stop()).toBe(130);
    await restartContainer(pod);
    await vi.waitFor(async () => expect(await ask()).toBe('two False'), patiently);
    const pods = await podsOf(cluster, project.namespace, 'web');
    expect(pods.map(({ name }) => name)).toEqual([pod.pod]);
  });

  it('that changed while nobody watched arrive with the next watch, without a new pod (A09, R15)', async () => {
    await project.save('app/message.txt', 'three');
    await project.edit('app/server.py', '"""Answers', '"""Says');
    watching = new Watching(project.dir, project.flags);
    await watching.event('ready');
    await vi.waitFor(async () => expect(await ask()).toBe('three False'), patiently);
    const pods = await podsOf(cluster, project.namespace, 'web');
    expect(pods.map(({ name }) => name)).toEqual([pod.pod]);
  });

  it('are written again into a container that ended while somebody watches', async () => {
    await restartContainer(pod);
    await vi.waitFor(async () => expect(await ask()).toBe('three False'), patiently);
    const mark = watching.events.length;
    await project.save('app/message.txt', 'four');
    await project.edit('app/server.py', '"""Says', '"""Tells');
    await watching.event('restarted', () => true, { from: mark });
    await vi.waitFor(async () => expect(await ask()).toBe('four False'), patiently);
  });

  it('come to a new pod before its app starts (R2)', async () => {
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name: pod.pod, namespace: pod.namespace });
    await vi.waitFor(async () => {
      const [next] = await podsOf(cluster, project.namespace, 'web');
      expect(next?.name).not.toBe(pod.pod);
      expect(await askPod(cluster, { namespace: pod.namespace, pod: next?.name ?? '' })).toBe('four False');
    }, patiently);
  });
});

describe('files in a volume, for an app that may not write its own code', () => {
  let project: TestProject;
  beforeAll(async () => {
    project = await makeProject('example', 'volume');
  });
  afterAll(async () => {
    await project?.remove();
  });

  it('survive the end of the container, deletions too, with nobody watching', async () => {
    const watching = new Watching(project.dir, project.flags);
    await watching.event('ready');
    const mark = watching.events.length;
    await project.edit('e2e_k8s/demo.py', 'return a + b', 'return a * b');
    await rm(path.join(project.dir, 'tests', 'unit', 'test_demo.py'));
    await vi.waitFor(() => expect(watching.since(mark, 'restarted')).toHaveLength(2), patiently);
    await haveArrived(watching, mark, 'e2e_k8s/demo.py', 'tests/unit/test_demo.py');
    await watching.stop();
    const [one] = await podsOf(cluster, project.namespace, 'adder');
    const pod = { namespace: project.namespace, pod: one?.name ?? '', container: 'adder' };
    await restartContainer(pod);
    await vi.waitFor(async () => {
      const body = await askPod(cluster, { ...pod, path: '/api/add?a=2&b=5' });
      expect(JSON.parse(body ?? '{}')).toMatchObject({ result: 10 });
    }, patiently);
    expect(await execIn(cluster, pod, ['ls', '/app/tests/unit'])).not.toContain('test_demo.py');
  });
});
