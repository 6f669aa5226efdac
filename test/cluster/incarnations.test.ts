import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findSession } from '../../src/cli/serve-session.ts';
import { podLayout } from '../../src/core/pod-layout.ts';
import type { Cluster, PodFacts } from '../../src/core/ports/cluster.ts';
import { askSession } from '../../src/daemon/session-client.ts';
import { kubectlFor } from '../box/kubectl.ts';
import { appPid, execIn, podsOf, testCluster } from './cluster.ts';
import { kdevEnv, Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

const patiently = { timeout: 120_000, interval: 100 };
const namespace = 'incarnations';

let cluster: Cluster;
let project: TestProject;
let watching: Watching;
let saves = 0;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('layer', namespace);
  await project.edit(
    'k8s.yaml',
    'workingDir:',
    'resources: { limits: { memory: 96Mi } }\n          workingDir:',
  );
  // No app is to begin without its edits because its session came late.
  await project.edit('dev.config.ts', 'gateWaitMs: 2_000', 'gateWaitMs: 20_000');
  watching = new Watching(project.dir, project.flags);
  await watching.event('ready');
});
afterAll(async () => {
  await watching?.stop();
  await project?.remove();
});

const pods = () => podsOf(cluster, namespace, 'web');
const inContainer = (pod: string, ...command: string[]) =>
  execIn(cluster, { namespace, pod, container: 'web' }, command);
const messageIn = (pod: string) => inContainer(pod, 'cat', '/srv/app/message.txt');
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace };

async function onlyPod(): Promise<PodFacts> {
  const [pod] = await pods();
  if (pod === undefined) throw new Error('there is no pod');
  return pod;
}

/** Waits until the session has heard which pods came and which went: it may hear later than we do. */
async function sessionHas(replicas: number): Promise<void> {
  const client = await findSession({
    project: { root: project.dir },
    environment: { name: 'local', namespace, target: { type: 'context', context: cluster.context } },
    surroundings: { env: kdevEnv() },
  });
  if (!client) throw new Error('no session');
  const session = askSession(client);
  try {
    await vi.waitFor(async () => {
      const { services } = await session.status();
      expect(services[0]?.replicas).toHaveLength(replicas);
    }, patiently);
  } finally {
    client.close();
  }
}

/** Saves a text that was never there and waits until every one of so many replicas acknowledged it. */
async function saveEverywhere(replicas: number): Promise<string> {
  await sessionHas(replicas);
  saves += 1;
  const text = `save ${saves}`;
  const mark = watching.events.length;
  await project.save('app/message.txt', text);
  const synced = await watching.event('synced', () => true, { from: mark });
  expect(synced.replicas).toHaveLength(replicas);
  return text;
}

/** Waits until so many pods are ready and hold the text, and every one runs the newest code. */
async function everyPodHolds(text: string, count: number): Promise<readonly PodFacts[]> {
  return vi.waitFor(async () => {
    const present = await pods();
    expect(present.filter(({ ready }) => ready)).toHaveLength(count);
    for (const { name } of present) expect(await messageIn(name)).toBe(text);
    return present;
  }, patiently);
}

/** The incarnations that the session has seen for a pod, as its acknowledgements name them. */
function incarnationOf(pod: string): string | undefined {
  return watching
    .since(0, 'synced')
    .at(-1)
    ?.replicas.find((replica) => replica.pod === pod)?.incarnation;
}

describe('an app that ends', () => {
  it('by itself is held with its exit code, its files stay, and the next save starts it (R4, A10)', async () => {
    const pod = await onlyPod();
    const mark = watching.events.length;
    await project.edit('app/server.py', 'import', 'raise SystemExit(7)\nimport');
    const ended = await watching.event('app', ({ state }) => state === 'held', { from: mark });
    expect(ended).toMatchObject({ replica: pod.name, exitCode: 7 });
    await project.edit('app/server.py', 'raise SystemExit(7)\nimport', 'import');
    await watching.event('app', ({ state }) => state === 'running', { from: watching.events.indexOf(ended) });
    expect((await onlyPod()).containers['web']?.restarts).toBe(0);
  });

  it('by a signal is held with the signal’s name', async () => {
    const pod = await onlyPod();
    const mark = watching.events.length;
    const app = await appPid(cluster, { namespace, pod: pod.name, container: 'web' }, 'python3 server.py');
    await inContainer(pod.name, 'sh', '-c', `kill -SEGV ${app}`);
    const ended = await watching.event('app', ({ state }) => state === 'held', { from: mark });
    expect(ended).toMatchObject({ signal: 'SIGSEGV' });
    const text = await saveEverywhere(1);
    await watching.event('app', ({ state }) => state === 'running', { from: mark });
    expect(await messageIn(pod.name)).toBe(text);
  });

  it('by the kernel for want of memory is told as killed, and the next save heals it', async () => {
    const pod = await onlyPod();
    const mark = watching.events.length;
    await project.edit('app/server.py', 'import os', "hoard = b'x' * (1 << 30)\nimport os");
    const ended = await watching.event(
      'app',
      ({ state, signal }) => state === 'held' && signal === 'SIGKILL',
      { from: mark },
    );
    expect(ended.replica).toBe(pod.name);
    const healing = watching.events.length;
    await project.edit('app/server.py', "hoard = b'x' * (1 << 30)\nimport os", 'import os');
    await watching.event('app', ({ state }) => state === 'running', { from: healing });
    expect((await onlyPod()).name).toBe(pod.name);
  });
});

describe('a pod', () => {
  it('whose sandbox ends comes again in another life and gets every edit before its app starts', async () => {
    const text = await saveEverywhere(1);
    const pod = await onlyPod();
    const before = incarnationOf(pod.name);
    const mark = watching.events.length;
    await inContainer(pod.name, 'sh', '-c', 'kill -TERM 1').catch(() => ''); // it ends our own shell, too
    await vi.waitFor(async () => {
      const [same] = await pods();
      expect(same?.name).toBe(pod.name);
      expect(same?.containers['web']?.containerId).not.toBe(pod.containers['web']?.containerId);
      expect(same?.ready).toBe(true);
    }, patiently);
    expect(await messageIn(pod.name)).toBe(text);
    await vi.waitFor(
      () => expect(watching.since(mark, 'app').some(({ state }) => state === 'running')).toBe(true),
      patiently,
    );
    expect(watching.since(mark, 'app').filter(({ stale }) => stale)).toEqual([]);
    await saveEverywhere(1);
    expect(incarnationOf(pod.name)).not.toBe(before);
  });

  it('that is drained comes again elsewhere with every edit', async () => {
    await saveEverywhere(1);
    const pod = await onlyPod();
    const node = (await cluster.list({ apiVersion: 'v1', kind: 'Node' }))[0]?.metadata.name ?? '';
    const kubectl = await kubectlFor(await readFile(process.env['KDEV_TEST_KUBECONFIG'] ?? '', 'utf8'));
    const meanwhile = `saved with no pod ${saves}`;
    try {
      const only = ['--pod-selector', `app=web`, '--delete-emptydir-data', '--timeout', '60s'];
      await kubectl(['drain', node, ...only]);
      await vi.waitFor(async () => expect((await pods())[0]?.phase).toBe('Pending'), patiently);
      await project.save('app/message.txt', meanwhile);
    } finally {
      await kubectl(['uncordon', node]);
      await kubectl.close();
    }
    const [next] = await everyPodHolds(meanwhile, 1);
    expect(next?.name).not.toBe(pod.name);
  });

  it('whose image is changed in place is replaced, and no life of it runs without the edits', async () => {
    const text = await saveEverywhere(1);
    const pod = await onlyPod();
    const mark = watching.events.length;
    await cluster.patch(
      { apiVersion: 'v1', kind: 'Pod', name: pod.name, namespace },
      { spec: { containers: [{ name: 'web', image: 'debian:bookworm-slim' }] } },
      'strategic',
    );
    await watching.event('problem', ({ code, resolved }) => code === 'other-image' && !resolved, {
      from: mark,
    });
    const [next] = await everyPodHolds(text, 1);
    expect(next?.name).not.toBe(pod.name);
    await saveEverywhere(1);
  });
});

describe('a deployment', () => {
  it('scaled from 1 to 3 to 2 has every edit in every replica (M3)', async () => {
    const text = await saveEverywhere(1);
    await cluster.patch(deployment, { spec: { replicas: 3 } });
    await everyPodHolds(text, 3);
    const three = await saveEverywhere(3);
    await everyPodHolds(three, 3);
    await cluster.patch(deployment, { spec: { replicas: 2 } });
    await vi.waitFor(async () => expect(await pods()).toHaveLength(2), patiently);
    const two = await saveEverywhere(2);
    await everyPodHolds(two, 2);
    await cluster.patch(deployment, { spec: { replicas: 1 } });
    await vi.waitFor(async () => expect(await pods()).toHaveLength(1), patiently);
  });

  it('rolled out by somebody else is filled before its new apps start', async () => {
    const text = await saveEverywhere(1);
    const pod = await onlyPod();
    await cluster.patch(deployment, {
      spec: { template: { metadata: { annotations: { 'example.org/by': 'hand' } } } },
    });
    await vi.waitFor(async () => {
      const present = await pods();
      expect(present).toHaveLength(1);
      expect(present[0]?.name).not.toBe(pod.name);
    }, patiently);
    await everyPodHolds(text, 1);
    await saveEverywhere(1);
  });
});

describe('a new pod with nobody watching', () => {
  it('opens its gate on the image’s code after the configured wait, and the next session is told that it is stale', async () => {
    expect(await watching.stop()).toBe(130);
    const pod = await onlyPod();
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name: pod.name, namespace });
    const next = await vi.waitFor(async () => {
      const found = await onlyPod();
      expect(found.name).not.toBe(pod.name);
      return found;
    }, patiently);
    await vi.waitFor(async () => {
      let lines = '';
      for await (const batch of cluster.logs({
        ...{ namespace, pod: next.name, container: podLayout.sidecarContainer, follow: false },
      }))
        lines += batch.map(({ line }) => `${line}\n`).join('');
      expect(lines).toContain('the gate opens on the image’s own code');
    }, patiently);
    watching = new Watching(project.dir, project.flags);
    const told = await watching.event('app', ({ stale }) => stale);
    expect(told.replica).toBe(next.name);
    await watching.event('ready');
    // Every edit is there then; the app starts again with them a moment later.
    await vi.waitFor(
      () => expect(watching.since(0, 'app').at(-1)).toMatchObject({ stale: false, state: 'running' }),
      patiently,
    );
    await everyPodHolds(`save ${saves}`, 1);
  });
});

describe('an app whose container ends with it', () => {
  it('gets the cure of a crash that it repeats faster than anything could arrive (R4)', async () => {
    const other = await makeProject('layer', 'exits');
    let watched: Watching | undefined;
    try {
      await other.edit('dev.config.ts', 'gateWaitMs:', "onCrash: 'exit', gateWaitMs:");
      watched = new Watching(other.dir, other.flags);
      await watched.event('ready');
      const present = () => podsOf(cluster, 'exits', 'web');
      const ready = watched.events.length;
      await other.edit('app/server.py', 'import os', 'import os\nos._exit(3)');
      await watched.event('plan', () => true, { from: ready });
      await vi.waitFor(
        async () => expect((await present())[0]?.containers['web']?.restarts).toBeGreaterThan(0),
        patiently,
      );
      const [crashed] = await present();
      const mark = watched.events.length;
      await other.edit('app/server.py', 'import os\nos._exit(3)', 'import os');
      await watched.event('app', ({ state }) => state === 'running', { from: mark });
      await vi.waitFor(async () => {
        const [same] = await present();
        expect(same?.name).toBe(crashed?.name);
        expect(same?.ready).toBe(true);
      }, patiently);
    } finally {
      await watched?.stop();
      await other.remove();
    }
  });
});
