import { rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { askPod, execIn, killContainer, podsOf, testCluster } from './cluster.ts';
import { Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

const patiently = { timeout: 90_000, interval: 200 };
const namespace = 'run-steps';

/** A step that leaves its mark on the container's own layer, outside of what is synced, as an installer does. */
const config = `
import { defineConfig } from 'kdev';
export default defineConfig({
  name: 'layer',
  manifests: 'k8s.yaml',
  services: {
    web: {
      sync: { app: '/srv/app' },
      restart: ['app/*.py', 'app/packages.txt'],
      run: [{ when: ['app/packages.txt'], command: 'echo installing; ! grep bad packages.txt && cat packages.txt >> /opt/installed' }],
    },
  },
});
`;

let cluster: Cluster;
let project: TestProject;
let watching: Watching;
let pod: { namespace: string; pod: string; container: string };

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('layer', namespace);
  await project.save('dev.config.ts', config);
  watching = new Watching(project.dir, project.flags);
  await watching.event('ready');
  const [only] = await podsOf(cluster, namespace, 'web');
  pod = { namespace, pod: only?.name ?? '', container: 'web' };
});
afterAll(async () => {
  await watching?.stop();
  await project?.remove();
});

const installed = () => execIn(cluster, pod, ['cat', '/opt/installed']);

describe('a run step', () => {
  it('runs in the container before the restart, its output and its end are told', async () => {
    const mark = watching.events.length;
    await project.save('app/packages.txt', 'six\n');
    const restarted = await watching.event('restarted', () => true, { from: mark });
    expect(restarted.replica).toBe(pod.pod);
    expect(await installed()).toBe('six\n');
    const events = watching.events.slice(mark).map(({ event }) => event);
    expect(events.indexOf('ran')).toBeGreaterThan(-1);
    expect(events.indexOf('ran')).toBeLessThan(events.indexOf('restarted'));
    expect(watching.since(mark, 'log').map(({ line, source }) => [line, source])).toContainEqual([
      'installing',
      'run',
    ]);
    expect(watching.since(mark, 'plan')[0]?.steps.map(({ step }) => step)).toEqual([
      'sync',
      'run',
      'restart',
    ]);
  });

  it('that fails is a problem with its last lines and leaves the app alone; the next good save heals it (R13)', async () => {
    const mark = watching.events.length;
    await project.save('app/packages.txt', 'bad thing\n');
    const problem = await watching.event('problem', ({ code }) => code === 'run-failed', { from: mark });
    expect(problem.message).toContain('bad thing');
    expect(watching.since(mark, 'restarted')).toEqual([]);
    await project.save('app/packages.txt', 'seven\n');
    await watching.event('restarted', () => true, { from: mark });
    await watching.event('problem', ({ code, resolved }) => code === 'run-failed' && resolved, {
      from: mark,
    });
    expect(await installed()).toBe('six\nseven\n');
  });

  it('is run again in the next life of the container before the app starts, with nobody watching', async () => {
    expect(await watching.stop()).toBe(130);
    const before = (await podsOf(cluster, namespace, 'web'))[0]?.containers['web']?.restarts ?? 0;
    await killContainer(cluster, pod);
    await vi.waitFor(async () => {
      const [only] = await podsOf(cluster, namespace, 'web');
      expect(only?.containers['web']?.restarts).toBeGreaterThan(before);
      // For a moment the pod still counts as ready from before.
      expect(await askPod(cluster, { namespace, pod: pod.pod })).toBeDefined();
      expect(only?.ready).toBe(true);
    }, patiently);
    expect(await installed()).toBe('seven\n');
  });

  it('that a session which was killed still owed runs with the next session', async () => {
    await rm(path.join(project.dir, 'app', 'doomed.txt'));
    watching = new Watching(project.dir, project.flags);
    await watching.event('ready');
    const mark = watching.events.length;
    await project.edit('dev.config.ts', 'echo installing;', 'echo installing; sleep 3;');
    await watching.stop();
    watching = new Watching(project.dir, project.flags);
    await watching.event('ready');
    const before = watching.events.length;
    await project.save('app/packages.txt', 'eight\n');
    await watching.event('log', ({ line }) => line === 'installing', { from: before });
    watching.signal('SIGKILL');
    await watching.finished;
    watching = new Watching(project.dir, project.flags);
    await watching.event('ready');
    expect(await installed()).toContain('eight\n');
    expect(mark).toBeGreaterThan(0);
  });

  it('runs in a new pod before its app starts', async () => {
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name: pod.pod, namespace });
    await vi.waitFor(async () => {
      const [next] = await podsOf(cluster, namespace, 'web');
      expect(next?.name).not.toBe(pod.pod);
      expect(next?.ready).toBe(true);
      pod = { ...pod, pod: next?.name ?? '' };
    }, patiently);
    expect(await installed()).toBe('eight\n');
  });
});
