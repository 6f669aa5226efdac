import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { askPod, execIn, podsOf, testCluster } from './cluster.ts';
import { Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

// One watch over the example, two replicas; the tests are saves in its life, in order.
let cluster: Cluster;
let project: TestProject;
let watching: Watching;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('example', 'save');
  watching = new Watching(project.dir, project.flags);
  await watching.event('ready');
});

afterAll(async () => {
  await watching?.stop();
  await project?.remove();
});

async function answers(query: string): Promise<readonly (string | undefined)[]> {
  const pods = await podsOf(cluster, project.namespace, 'adder');
  return Promise.all(
    pods.map(({ name }) => askPod(cluster, { namespace: project.namespace, pod: name, path: query })),
  );
}

async function results(): Promise<readonly unknown[]> {
  const bodies = await answers('/api/add?a=2&b=5');
  return bodies.map((body) =>
    body === undefined ? undefined : (JSON.parse(body) as { result: number }).result,
  );
}

const everywhere = { timeout: 60_000, interval: 100 };

it('the example runs in two replicas and adds', async () => {
  expect(await results()).toEqual([7, 7]);
});

it('a template is live in every replica without a restart', async () => {
  const mark = watching.events.length;
  await project.edit('e2e_k8s/templates/form.jinja2', '<h1>', '<h1>Saved: ');
  const synced = await watching.event('synced', () => true, { from: mark });
  expect(synced.replicas).toHaveLength(2);
  await vi.waitFor(async () => {
    for (const body of await answers('/')) expect(body).toContain('Saved: ');
  }, everywhere);
  expect(watching.since(mark, 'restarted')).toEqual([]);
});

it('a module restarts the app in every replica, and each answers with the new code', async () => {
  const mark = watching.events.length;
  await project.edit('e2e_k8s/demo.py', 'return a + b', 'return a - b');
  await vi.waitFor(async () => expect(await results()).toEqual([-3, -3]), everywhere);
  for (const { name } of await podsOf(cluster, project.namespace, 'adder'))
    await watching.event('restarted', ({ replica }) => replica === name, { from: mark });
  expect(watching.since(mark, 'restarted')).toHaveLength(2);
});

it('two saves of one size within one second run as the second (P2, P8)', async () => {
  await project.edit('e2e_k8s/demo.py', 'return a - b', 'return a + b');
  await vi.waitFor(async () => expect(await results()).toEqual([7, 7]), everywhere);
  await project.edit('e2e_k8s/demo.py', 'return a + b', 'return b - a');
  await vi.waitFor(async () => expect(await results()).toEqual([3, 3]), everywhere);
  await project.edit('e2e_k8s/demo.py', 'return b - a', 'return a * b');
  await vi.waitFor(async () => expect(await results()).toEqual([10, 10]), everywhere);
});

it('a syntax error leaves the container reachable, and the repair heals it (A10, R4)', async () => {
  const mark = watching.events.length;
  await project.edit('e2e_k8s/demo.py', 'return a * b', 'return a *');
  for (const { name } of await podsOf(cluster, project.namespace, 'adder')) {
    await watching.event('app', ({ state, replica }) => state === 'held' && replica === name, { from: mark });
    const where = { namespace: project.namespace, pod: name, container: 'adder' };
    expect(await execIn(cluster, where, ['grep', '-c', 'return a \\*$', '/app/e2e_k8s/demo.py'])).toBe('1\n');
  }
  await project.edit('e2e_k8s/demo.py', 'return a *', 'return a + b');
  await vi.waitFor(async () => expect(await results()).toEqual([7, 7]), everywhere);
  const pods = await podsOf(cluster, project.namespace, 'adder');
  expect(pods.map(({ containers }) => containers['adder']?.restarts)).toEqual([0, 0]);
});

it('a deleted file goes and a new one comes', async () => {
  const mark = watching.events.length;
  await project.save('e2e_k8s/new.txt', 'new');
  await watching.event('synced', ({ bytes }) => bytes === 3, { from: mark });
  await rm(path.join(project.dir, 'tests', 'unit', 'test_demo.py'));
  await vi.waitFor(async () => {
    for (const { name } of await podsOf(cluster, project.namespace, 'adder')) {
      const where = { namespace: project.namespace, pod: name, container: 'adder' };
      const listing = await execIn(cluster, where, ['ls', '/app/e2e_k8s', '/app/tests/unit']);
      expect(listing).toContain('new.txt');
      expect(listing).not.toContain('test_demo.py');
    }
  }, everywhere);
});

it('a dependency rebuilds the image, and the new pods have every edit before they are ready', async () => {
  const before = (await podsOf(cluster, project.namespace, 'adder')).map(({ name }) => name);
  const mark = watching.events.length;
  await project.edit('requirements.txt', 'MarkupSafe', '# a comment\nMarkupSafe');
  await watching.event('build', ({ state }) => state === 'done', { from: mark });
  await watching.event('rollout', ({ state }) => state === 'done', { from: mark });
  expect(await results()).toEqual([7, 7]);
  const after = await podsOf(cluster, project.namespace, 'adder');
  expect(after.filter(({ name }) => before.includes(name))).toEqual([]);
  for (const { name } of after) {
    const where = { namespace: project.namespace, pod: name, container: 'adder' };
    const listing = await execIn(cluster, where, ['ls', '/app/e2e_k8s', '/app/tests/unit']);
    expect(listing).toContain('new.txt');
    expect(listing).not.toContain('test_demo.py');
  }
});

it('Ctrl-C ends it with 130, and the app goes on', async () => {
  expect(await watching.stop()).toBe(130);
  expect(await results()).toEqual([7, 7]);
});
