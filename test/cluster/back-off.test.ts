import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { podsOf, testCluster } from './cluster.ts';
import { runKdev, Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

const namespace = 'back-off';
const patiently = { timeout: 150_000, interval: 200 };
/** The kubelet lets a container wait for 0, 10, 20 and 40 s: this is the first wait that a few commands fit in. */
const longMs = 40_000;
const crash = 'import os\nos._exit(3)';

let cluster: Cluster;
let project: TestProject;
let watching: Watching;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('layer', namespace);
  await project.edit('dev.config.ts', 'gateWaitMs:', "onCrash: 'exit', gateWaitMs:");
  watching = new Watching(project.dir, project.flags);
  await watching.event('ready');
});
afterAll(async () => {
  await watching?.stop();
  await project?.remove();
});

async function onlyPod(): Promise<string> {
  return (await podsOf(cluster, namespace, 'web'))[0]?.name ?? '';
}

/** The kubelet lets the pod's container wait for long. */
function waiting(mark: number, pod: string) {
  return vi.waitFor(async () => {
    const [found] = await podsOf(cluster, namespace, 'web');
    expect(found?.name).toBe(pod);
    expect(found?.containers['web']?.backOffMs).toBeGreaterThanOrEqual(longMs);
    return watching.event(
      'problem',
      ({ code, resolved, replica }) => code === 'container-backoff' && !resolved && replica === pod,
      { from: mark },
    );
  }, patiently);
}

it('the kubelet’s back-off is told with its end, and kdev restart has another pod in its place', async () => {
  const pod = await onlyPod();
  const mark = watching.events.length;
  await project.edit('app/server.py', 'import os', crash);
  const told = await waiting(mark, pod);
  expect(told.message).toMatch(/exit code 3.*the kubelet starts it again at \d\d:\d\d:\d\d at the latest/);
  const status = await runKdev(['status', '--json', ...project.flags], { cwd: project.dir });
  const { services } = JSON.parse(status.stdout) as { services: { replicas: { restartsAt?: string }[] }[] };
  expect(Date.parse(services[0]?.replicas[0]?.restartsAt ?? '')).toBeGreaterThan(Date.now() - 60_000);
  const asked = watching.events.length;
  const restarted = await runKdev(['restart', 'web', ...project.flags], { cwd: project.dir });
  expect(restarted).toMatchObject({ exitCode: 0 });
  await watching.event('problem', ({ key, resolved }) => key === told.key && resolved, { from: asked });
  await vi.waitFor(async () => expect(['', pod]).not.toContain(await onlyPod()), patiently);
});

it('a save that comes while the kubelet would let a container wait for long has another pod in its place', async () => {
  const mark = watching.events.length;
  const pod = await vi.waitFor(async () => {
    const [found, ...others] = await podsOf(cluster, namespace, 'web');
    expect(others).toEqual([]);
    expect(found?.containers['web']?.restarts).toBeGreaterThan(0);
    return found?.name ?? '';
  }, patiently);
  await waiting(mark, pod);
  await project.edit('app/server.py', crash, 'import os');
  await watching.event('app', ({ state, replica }) => state === 'running' && replica !== pod, { from: mark });
  await vi.waitFor(async () => {
    const [next] = await podsOf(cluster, namespace, 'web');
    expect(next?.name).not.toBe(pod);
    expect(next?.ready).toBe(true);
  }, patiently);
});
