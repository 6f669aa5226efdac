import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { podLayout } from '../../src/core/pod-layout.ts';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import type { WorkloadReference } from '../../src/core/service.ts';
import { askPod, execIn, podsOf, testCluster } from './cluster.ts';
import { runKdev, Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

// One watch over every kind of workload.
const patiently = { timeout: 60_000, interval: 200 };
const namespace = 'workloads';
const workloads: Readonly<Record<string, WorkloadReference>> = {
  set: { kind: 'StatefulSet', name: 'set' },
  each: { kind: 'DaemonSet', name: 'each' },
  batch: { kind: 'Job', name: 'batch' },
  bare: { kind: 'Pod', name: 'bare' },
  empty: { kind: 'Pod', name: 'empty' },
  left: { kind: 'Deployment', name: 'two' },
  right: { kind: 'Deployment', name: 'two' },
};
const everywhere = ['set', 'each', 'batch', 'bare', 'left', 'right'];

let cluster: Cluster;
let project: TestProject;
let watching: Watching;
let main: string;
let saves = 0;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('workloads', namespace);
  main = await readFile(path.join(project.dir, 'app/main.py'), 'utf8');
  watching = new Watching(project.dir, project.flags);
  await watching.event('ready', () => true, { deadlineMs: 250_000 });
});
afterAll(async () => {
  await watching?.stop();
  await project?.remove();
});

const kdev = (...args: string[]) => runKdev([...args, ...project.flags], { cwd: project.dir });

async function podOf(service: string) {
  const { kind, name } = workloads[service] ?? { kind: 'Deployment', name: service };
  const [pod] = await podsOf(cluster, namespace, name, kind);
  if (pod === undefined) throw new Error(`${service} has no pod`);
  return pod;
}

async function inContainer(service: string, ...command: string[]): Promise<string> {
  return execIn(cluster, { namespace, pod: (await podOf(service)).name, container: service }, command);
}

/** Saves what every app reads when it starts, and the code that makes them start again. */
async function saveForAll(message: string): Promise<void> {
  saves += 1;
  await project.save('app/message.txt', message);
  await project.save('app/main.py', `${main}# save ${saves}\n`);
}

async function runsWith(service: string, message: string): Promise<void> {
  const read = () => inContainer(service, 'cat', '/tmp/started').catch(() => '');
  await vi.waitFor(async () => expect(await read()).toBe(message), patiently);
}

it('M6: a StatefulSet, a DaemonSet, a Job and a bare Pod run each save, and nothing makes new pods of them', async () => {
  const uids = () => Promise.all(everywhere.map(async (service) => (await podOf(service)).uid));
  const before = await uids();
  await saveForAll('two');
  for (const service of everywhere) await runsWith(service, 'two');
  expect(await watching.stop()).toBe(130);
  expect((await kdev('up')).exitCode).toBe(0);
  watching = new Watching(project.dir, project.flags);
  await watching.event('ready');
  expect(await uids()).toEqual(before);
});

it('A13, M2: an image with nothing but a program in it gets its files, and no other container notices', async () => {
  const mark = watching.events.length;
  await project.save('static/page.txt', 'synced');
  const synced = await watching.event('synced', () => true, { from: mark });
  expect(synced.service).toBe('empty');
  expect(watching.since(mark, 'plan').map(({ service }) => service)).toEqual(['empty']);
  // It has neither a shell nor cat: its neighbour looks.
  const pid = `$(basename $(dirname $(grep -lsxz KDEV_CONTAINER=empty /proc/[0-9]*/environ | head -n 1)))`;
  const place = { namespace, pod: 'empty', container: podLayout.sidecarContainer };
  const script = `cat /proc/${pid}/root/srv/static/page.txt`;
  expect(await execIn(cluster, place, ['sh', '-c', script])).toBe('synced');
});

it('M1, M4: of two containers with one image and one mapping both get a save; one that is killed is filled alone', async () => {
  await saveForAll('three');
  await runsWith('left', 'three');
  await runsWith('right', 'three');
  await inContainer('right', 'touch', '/tmp/same-life');
  const before = await podOf('left');
  const script =
    'kill -KILL $(basename $(dirname $(grep -lsxz KDEV_CONTAINER=left /proc/[0-9]*/environ | head -n 1)))';
  await inContainer('right', 'sh', '-c', script);
  await vi.waitFor(async () => {
    const { containers } = await podOf('left');
    expect(containers['left']?.restarts).toBe((before.containers['left']?.restarts ?? 0) + 1);
    expect(containers['left']?.state).toBe('running');
  }, patiently);
  await runsWith('left', 'three');
  const { containers, name } = await podOf('right');
  expect([name, containers['right']?.restarts]).toEqual([before.name, before.containers['right']?.restarts]);
  await inContainer('right', 'test', '-e', '/tmp/same-life');
  await saveForAll('four');
  await runsWith('left', 'four');
  await runsWith('right', 'four');
});

it('M6: a Job whose work is done is no problem, neither for the watch, nor for who waits, nor for the next up', async () => {
  await saveForAll('end');
  const job = { apiVersion: 'batch/v1', kind: 'Job', name: 'short', namespace };
  await vi.waitFor(async () => {
    const { succeeded } = ((await cluster.get(job))?.['status'] ?? {}) as { succeeded?: number };
    expect(succeeded).toBe(1);
  }, patiently);
  const waited = await kdev('wait', '--synced', '--json');
  expect(JSON.parse(waited.stdout)).toMatchObject({ inSync: true, problems: [] });
  await saveForAll('five');
  await runsWith('bare', 'five');
  await vi.waitFor(async () => expect((await kdev('status')).exitCode).toBe(0), patiently);
  expect(await watching.stop()).toBe(130);
  expect((await kdev('up')).exitCode).toBe(0);
  watching = new Watching(project.dir, project.flags);
  await watching.event('ready');
});

describe('a pod that is deleted', () => {
  const answer = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'answer', namespace };

  async function replaced(old: string): Promise<string> {
    return vi.waitFor(async () => {
      const pod = await podOf('answer');
      expect(pod.name).not.toBe(old);
      expect(pod.ready).toBe(true);
      return pod.name;
    }, patiently);
  }

  it('P9: has a successor that answers with every edit or not at all', async () => {
    await saveForAll('fresh');
    const { name: old } = await podOf('answer');
    const ask = (pod: string) => askPod(cluster, { namespace, pod });
    await vi.waitFor(async () => expect(await ask(old)).toBe('fresh'), patiently);
    const [url = ''] = watching
      .since(0, 'ready')
      .flatMap(({ services }) => services.flatMap(({ urls }) => urls));
    const ways = {
      forwarded: async () => {
        // Longer than a connection waits for the next replica.
        const signal = AbortSignal.timeout(40_000);
        return [await fetch(url, { headers: { connection: 'close' }, signal }).then((each) => each.text())];
      },
      directly: async () => {
        const pods = await podsOf(cluster, namespace, 'answer');
        return Promise.all(pods.filter(({ name }) => name !== old).map(({ name }) => ask(name)));
      },
    };
    const answers = { forwarded: new Set<string>(), directly: new Set<string>() };
    let over = false;
    const asking = Object.entries(ways).map(async ([way, answersOf]) => {
      const seen = answers[way as keyof typeof ways];
      // Who asks in the gap between two pods is answered by the next one, or not at all.
      while (!over || seen.size === 0)
        for (const answer of await answersOf().catch(() => [])) if (answer) seen.add(answer);
    });
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name: old, namespace });
    const next = await replaced(old);
    await vi.waitFor(async () => expect(await ask(next)).toBe('fresh'), patiently);
    over = true;
    await Promise.all(asking);
    expect(answers).toEqual({ forwarded: new Set(['fresh']), directly: new Set(['fresh']) });
  });

  it('R3: has a successor that gets the next save in place', async () => {
    const before = await podOf('answer');
    await saveForAll('in place');
    await vi.waitFor(
      async () => expect(await askPod(cluster, { namespace, pod: before.name })).toBe('in place'),
      patiently,
    );
    const after = await podOf('answer');
    expect([after.uid, after.containers]).toEqual([before.uid, before.containers]);
  });

  it('S10: what somebody else changes in the workload meanwhile takes effect, with every edit, and stays', async () => {
    const { name: old } = await podOf('answer');
    const env = [{ name: 'ADDED', value: 'by-hand' }];
    const containers = [{ name: 'answer', env }];
    await cluster.patch(answer, { spec: { template: { spec: { containers } } } }, 'strategic');
    const next = await replaced(old);
    const ask = () => askPod(cluster, { namespace, pod: next });
    await vi.waitFor(async () => expect(await ask()).toBe('in place by-hand'), patiently);
    expect(await watching.stop()).toBe(130);
    expect((await kdev('up')).exitCode).toBe(0);
    expect((await podOf('answer')).name).toBe(next);
    expect(await ask()).toBe('in place by-hand');
  });
});
