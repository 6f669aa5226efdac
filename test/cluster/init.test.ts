import { readdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { askPod, podsOf, testCluster } from './cluster.ts';
import { runKdev, Watching } from './kdev.ts';
import { anyLocalPort, makeProject, type TestProject } from './project.ts';

let cluster: Cluster;
let project: TestProject;
let watching: Watching | undefined;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('example', 'init');
  await rm(path.join(project.dir, 'dev.config.ts'));
});
afterAll(async () => {
  await watching?.stop();
  await project?.remove();
});

it('what kdev init writes works untouched: up deploys it, a save arrives in every replica', async () => {
  const before = await readdir(project.dir);
  const init = await runKdev(['init'], { cwd: project.dir });
  expect(init.exitCode, init.stderr).toBe(0);
  expect((await readdir(project.dir)).sort()).toEqual([...before, 'dev.config.ts'].sort());

  const up = await runKdev(['up', ...project.flags], { cwd: project.dir });
  expect(up.exitCode, up.stdout + up.stderr).toBe(0);

  await project.edit('dev.config.ts', ...anyLocalPort);
  watching = new Watching(project.dir, project.flags);
  await watching.event('ready');
  const mark = watching.events.length;
  await project.edit('e2e_k8s/templates/form.jinja2', '<h1>', '<h1>Written by init ');
  const { replicas } = await watching.event('synced', () => true, { from: mark });
  const pods = await podsOf(cluster, project.namespace, 'adder');
  expect(replicas.map(({ pod }) => pod).sort()).toEqual(pods.map(({ name }) => name).sort());
  for (const { name: pod } of pods) {
    await vi.waitFor(
      async () => expect(await askPod(cluster, { namespace: 'init', pod })).toContain('Written by init'),
      { timeout: 60_000, interval: 100 },
    );
  }
});

it('a second kdev init leaves the configuration alone', async () => {
  const file = path.join(project.dir, 'dev.config.ts');
  const before = await readFile(file, 'utf8');
  const { exitCode, stderr } = await runKdev(['init'], { cwd: project.dir });
  expect(stderr).toContain('config-exists');
  expect(exitCode).toBe(2);
  expect(await readFile(file, 'utf8')).toBe(before);
});
