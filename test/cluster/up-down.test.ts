import { afterAll, beforeAll, expect, it } from 'vitest';
import { labels } from '../../src/core/pod-layout.ts';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { podsOf, testCluster } from './cluster.ts';
import { runKdev, Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

let cluster: Cluster;
let project: TestProject;
const kdev = (...args: readonly string[]) => runKdev([...args, ...project.flags], { cwd: project.dir });

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('layer', 'up-down');
});
afterAll(async () => {
  await project?.remove();
});

async function generation(): Promise<unknown> {
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: project.namespace };
  return (await cluster.get(reference))?.metadata['generation'];
}

it('up deploys, fills and ends; done again it rolls nothing out (R15)', async () => {
  expect((await kdev('up')).exitCode).toBe(0);
  const [pod] = await podsOf(cluster, project.namespace, 'web');
  const before = await generation();
  expect((await kdev('up')).exitCode).toBe(0);
  expect(await generation()).toBe(before);
  expect((await podsOf(cluster, project.namespace, 'web')).map(({ name }) => name)).toEqual([pod?.name]);
});

it('status says no while nobody watches, and yes while everything is in sync', async () => {
  const alone = await kdev('status');
  expect(alone.exitCode).toBe(1);
  expect(alone.stdout).toContain('web');
  const watching = new Watching(project.dir, project.flags);
  await watching.event('ready');
  const watched = await kdev('status', '--json');
  expect(watched.exitCode).toBe(0);
  expect(JSON.parse(watched.stdout)).toMatchObject({ inSync: true, services: [{ service: 'web' }] });
  expect(await watching.stop()).toBe(130);
});

it('a second watch of the same project is refused, and told who has it (A29)', async () => {
  const watching = new Watching(project.dir, project.flags);
  await watching.event('ready');
  const second = await kdev('watch');
  expect(second.exitCode).toBe(2);
  expect(second.stderr).toContain('session-running');
  expect(await watching.stop()).toBe(130);
});

it('a project of another name does not take over what is there', async () => {
  await project.edit('dev.config.ts', "name: 'layer'", "name: 'other'");
  const other = await kdev('up');
  expect(other.exitCode).toBe(2);
  expect(other.stderr).toContain('workload-foreign');
  await project.edit('dev.config.ts', "name: 'other'", "name: 'layer'");
});

it('down takes away everything that kdev made, the namespace too', async () => {
  expect((await kdev('down')).exitCode).toBe(0);
  const namespace = { apiVersion: 'v1', kind: 'Namespace', name: project.namespace };
  expect(await cluster.get(namespace)).toBeUndefined();
  const left = await cluster.list({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    labelSelector: `${labels.project}=layer`,
  });
  expect(left.filter(({ metadata }) => metadata.namespace === project.namespace)).toEqual([]);
});
