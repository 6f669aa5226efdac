import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { askPod, execIn, podsOf, testCluster } from './cluster.ts';
import { runKdev, Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

const patiently = { timeout: 90_000, interval: 200 };
const namespace = 'lease';
const lease = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name: 'kdev-deployment-web', namespace };

let cluster: Cluster;
/** Two checkouts of one project, as two people have them. */
let anna: TestProject;
let otto: TestProject;
const started: Watching[] = [];

beforeAll(async () => {
  cluster = await testCluster();
  anna = await makeProject('layer', namespace);
  otto = await makeProject('layer', namespace);
});
afterAll(async () => {
  for (const watching of started) watching.signal('SIGKILL');
  await Promise.all(started.map(({ finished }) => finished));
  await anna?.remove();
  await otto?.remove();
});

function watch({ dir, flags }: TestProject, ...args: string[]): Watching {
  const watching = new Watching(dir, [...flags, ...args]);
  started.push(watching);
  return watching;
}

async function content(): Promise<string> {
  const [pod] = await podsOf(cluster, namespace, 'web');
  return execIn(cluster, { namespace, pod: pod?.name ?? '', container: 'web' }, ['cat', 'message.txt']);
}

async function holds(text: string): Promise<void> {
  await vi.waitFor(async () => expect(await content()).toBe(text), patiently);
}

async function holder(): Promise<string> {
  const object = await cluster.get(lease);
  return object?.metadata.annotations?.['kdev.dev/holder'] ?? '';
}

describe('two people on one service', () => {
  let first: Watching;

  it('the second is told who has it and since when, and changes nothing (M5)', async () => {
    first = watch(anna);
    await first.event('ready');
    await otto.save('app/message.txt', 'otto');
    const refused = await runKdev(['watch', '--json', ...otto.flags], { cwd: otto.dir });
    expect(refused.exitCode).toBe(3);
    expect(refused.stdout + refused.stderr).toContain('service-held');
    expect(refused.stdout + refused.stderr).toContain(anna.dir);
    expect(refused.stdout + refused.stderr).toContain('--take-over');
    expect((await runKdev(['up', ...otto.flags], { cwd: otto.dir })).exitCode).toBe(3);

    const mark = first.events.length;
    await anna.save('app/message.txt', 'two');
    await first.event('synced', () => true, { from: mark });
    await holds('two');
  });

  it('status and exec need no hold', async () => {
    expect((await runKdev(['status', ...otto.flags], { cwd: otto.dir })).stdout).toContain('web');
    const ran = await runKdev(['exec', ...otto.flags, '--', 'cat', 'message.txt'], { cwd: otto.dir });
    expect(ran).toMatchObject({ exitCode: 0, stdout: 'two' });
  });

  it('the one who takes over writes, and the first stops at once, in later pods too (A29)', async () => {
    const mark = first.events.length;
    const second = watch(otto, '--take-over');
    await second.event('ready');
    const lost = await first.event('problem', ({ code }) => code === 'session-superseded', { from: mark });
    expect(lost.cure).toContain('--take-over');
    await holds('otto');
    const change = first.events.length;
    await anna.save('app/message.txt', 'anna again');
    await first.event('change', () => true, { from: change });
    const [pod] = await podsOf(cluster, namespace, 'web');
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name: pod?.name ?? '', namespace });
    await vi.waitFor(async () => {
      const [next] = await podsOf(cluster, namespace, 'web');
      expect(next?.name).not.toBe(pod?.name);
      expect(await askPod(cluster, { namespace, pod: next?.name ?? '' })).toBe('otto True');
    }, patiently);
    expect(first.since(change, 'synced')).toEqual([]);
    const saved = second.events.length;
    await otto.save('app/message.txt', 'otto two');
    await second.event('synced', () => true, { from: saved });
    await holds('otto two');
    expect(await first.stop()).toBe(130);
    expect(await holder()).toContain(otto.dir);
  });

  it('after kill -9 the next session on the same machine begins at once, and the dead one’s term is over', async () => {
    const dead = started.at(-1);
    dead?.signal('SIGKILL');
    await dead?.finished;
    const next = watch(anna);
    await next.event('ready');
    await holds('anna again');
    expect(
      next
        .since(0, 'step')
        .map(({ text }) => text)
        .join(),
    ).not.toContain('waiting whether');
  });

  it('a Lease that somebody deletes comes back while its holder lives, and the term goes on (A29)', async () => {
    const holding = started.at(-1);
    const before = await cluster.get(lease);
    await cluster.delete(lease);
    await vi.waitFor(async () => expect(await holder()).toContain(anna.dir), patiently);
    const after = await cluster.get(lease);
    expect(termOf(after)).toBeGreaterThanOrEqual(termOf(before));
    expect(await holding?.stop()).toBe(130);
  });

  it('a session that slept while its Lease was deleted and taken writes nothing when it wakes', async () => {
    const asleep = watch(anna);
    await asleep.event('ready');
    asleep.signal('SIGSTOP');
    await cluster.delete(lease);
    const awake = watch(otto);
    await awake.event('ready');
    await holds('otto two');
    const mark = asleep.events.length;
    await anna.save('app/message.txt', 'from the sleeper');
    asleep.signal('SIGCONT');
    await asleep.event('problem', ({ code }) => code === 'session-superseded', { from: mark });
    expect(await content()).toBe('otto two');
    expect(asleep.since(mark, 'synced')).toEqual([]);
    expect(await asleep.stop()).toBe(130);
    expect(await awake.stop()).toBe(130);
    expect(await holder()).toBe('');
  });
});

function termOf(object: { readonly [field: string]: unknown } | undefined): number {
  return Number((object?.['spec'] as { leaseTransitions?: number } | undefined)?.leaseTransitions);
}
