import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { cacheRoot } from '../../src/artifacts/cache-root.ts';
import type { KdevEvent } from '../../src/core/event.ts';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import type { ServiceStatus } from '../../src/core/service-status.ts';
import { mutateImages } from './admission.ts';
import { type BaseImages, publishBase, registryOf } from './base-image.ts';
import { runsInBuilder, wakeBuilder } from './builder.ts';
import { askPod, execIn, podsOf, testCluster } from './cluster.ts';
import { runKdev, Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

const patiently = { timeout: 60_000, interval: 200 };

// One watch over two services that are built from one list, and what each edit makes of them, in order.
let cluster: Cluster;
let project: TestProject;
let watching: Watching;
let bases: BaseImages;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('builds', 'build-decisions');
  bases = { registry: await registryOf(cluster), repository: 'bases/api', tag: '1' };
  await publishBase(bases, 'one');
  // No app is to begin with its image's files because its session came late.
  await project.edit('dev.config.ts', 'gateWaitMs: 5_000', 'gateWaitMs: 30_000');
  await project.edit('api/Dockerfile', 'busybox:1.35', `${bases.registry}/bases/api:1`);
  watching = new Watching(project.dir, project.flags);
  await watching.event('ready');
});
afterAll(async () => {
  await watching?.stop();
  await project?.remove();
});

interface Page {
  readonly page: string;
  readonly list: string;
  readonly built: string;
  readonly settings?: string;
}

/** What the app began with, and what lies there now; undefined while it does not answer. */
async function askWeb(): Promise<{ readonly begun: Page; readonly now: Page } | undefined> {
  const [pod = ''] = await podNames('web');
  const answer = await askPod(cluster, { namespace: project.namespace, pod });
  return answer === undefined ? undefined : JSON.parse(answer);
}

/** Saves, and waits until the pods have that. */
async function saveAndSync(file: string, content: string): Promise<void> {
  const from = watching.events.length;
  await project.save(file, content);
  const { seq } = await watching.event('change', ({ paths }) => paths.includes(file), { from });
  await watching.event('synced', (each) => each.seq >= seq, { from });
}

async function podNames(service: string): Promise<readonly string[]> {
  return (await podsOf(cluster, project.namespace, service)).map(({ name }) => name);
}

async function inApi(...command: string[]): Promise<string> {
  const [pod = ''] = await podNames('api');
  return execIn(cluster, { namespace: project.namespace, pod, container: 'api' }, command);
}

async function statusOf(service: string): Promise<ServiceStatus | undefined> {
  const { stdout } = await runKdev(['status', '--json', ...project.flags], { cwd: project.dir });
  const { services } = JSON.parse(stdout) as { readonly services: readonly ServiceStatus[] };
  return services.find((each) => each.service === service);
}

/** After a rollout of the service since a mark. */
const rolledOut = (service: string, from: number) =>
  watching.event('rollout', (each) => each.service === service && each.state === 'done', { from });

const indexOf = (test: (event: KdevEvent) => boolean, from: number): number =>
  watching.events.findIndex((event, index) => index >= from && test(event));

const buildsOf = (service: string, from: number) =>
  watching.since(from, 'build').filter((each) => each.service === service);

describe('a dependency edit', () => {
  let mark: number;

  beforeAll(async () => {
    mark = watching.events.length;
    await project.save('list.txt', 'slow 4444\n');
    await vi.waitFor(async () => expect(await runsInBuilder(cluster, 'sleep 4444')).toBe(true), patiently);
  });

  it('builds for the file that changed, by the rule that names it, and says which edit the build contains', async () => {
    const [plan] = watching.since(mark, 'plan').filter(({ service }) => service === 'web');
    expect(plan?.steps).toContainEqual({ step: 'rebuild', reason: 'list.txt' });
    const [started] = buildsOf('web', mark);
    expect(started).toMatchObject({ state: 'started', reason: 'list.txt changed', seq: plan?.seq });
    expect((await statusOf('web'))?.build).toEqual({ seq: plan?.seq, reason: 'list.txt changed' });
  });

  it('is synced as well: the running pods are not left behind while the build takes its time', async () => {
    await vi.waitFor(async () => expect((await askWeb())?.now.list).toBe('slow 4444'), patiently);
    expect(buildsOf('web', mark).map(({ state }) => state)).toEqual(['started']);
  });

  it('B5: what is saved during the build lands in the new pod before its app begins', async () => {
    await saveAndSync('app/page.txt', 'page of the build');
    await wakeBuilder(cluster, 'sleep 4444');
    await rolledOut('web', mark);
    const { begun } = await vi.waitUntil(askWeb, patiently);
    expect(begun).toMatchObject({ built: 'slow 4444', page: 'page of the build' });
  });

  it('builds two services at once, and rolls them out in the order of dependsOn', () => {
    const at = (service: string, event: 'build' | 'rollout', state: string) =>
      indexOf((each) => each.event === event && each.service === service && each.state === state, mark);
    expect(at('web', 'build', 'started')).toBeLessThan(at('api', 'build', 'done'));
    expect(at('api', 'rollout', 'done')).toBeLessThan(at('web', 'rollout', 'started'));
    expect(at('api', 'rollout', 'done')).toBeGreaterThan(-1);
  });

  it('B1: syncing works again after it', async () => {
    await saveAndSync('app/page.txt', 'page two');
    expect((await vi.waitUntil(askWeb, patiently)).now.page).toBe('page two');
  });
});

it('B2: a file that no mapping and no rule names does nothing, and explain says so', async () => {
  const mark = watching.events.length;
  await project.save('notes.txt', 'something');
  await saveAndSync('app/page.txt', 'page three');
  expect(watching.since(mark, 'change').flatMap(({ paths }) => paths)).toEqual(['app/page.txt']);
  const { stdout } = await runKdev(['explain', 'notes.txt', 'settings.ini'], { cwd: project.dir });
  expect(stdout).toContain('No mapping and no rule names it: nothing happens');
  expect(stdout).toContain('rebuild settings.ini  Dockerfile reads it');
});

describe('a file that only the Dockerfile sees', () => {
  async function setLevel(level: string): Promise<string[]> {
    const mark = watching.events.length;
    await project.save('settings.ini', `level=${level}\n`);
    await rolledOut('web', mark);
    await vi.waitFor(async () => expect((await askWeb())?.now.settings).toBe(`level=${level}`), patiently);
    expect(buildsOf('api', mark)).toEqual([]);
    return buildsOf('web', mark).map(({ state }) => state);
  }

  it('rebuilds', async () => {
    expect(await setLevel('2')).toEqual(['started', 'done']);
  });

  it('B8: back to what it was, nothing is built, because the registry has that image', async () => {
    expect(await setLevel('3')).toEqual(['started', 'done']);
    expect(await setLevel('2')).toEqual(['started', 'cached']);
  });

  it('B4: deleted, its build fails; everything runs on, and the next edit that matters heals it', async () => {
    const before = await podNames('web');
    let mark = watching.events.length;
    await rm(path.join(project.dir, 'settings.ini'));
    const [started] = [await watching.event('build', ({ state }) => state === 'started', { from: mark })];
    expect(started.reason).toBe('settings.ini was deleted');
    const problem = await watching.event('problem', ({ key }) => key === 'rebuild/web', { from: mark });
    expect(problem).toMatchObject({ code: 'build-failed', resolved: false });
    expect((await statusOf('web'))?.buildFailed).toContain('COPY settings.ini');
    expect(await podNames('web')).toEqual(before);
    expect((await vi.waitUntil(askWeb, patiently)).now.page).toBe('page three');
    mark = watching.events.length;
    await project.edit('Dockerfile', 'COPY settings.ini /etc/settings.ini\n', '');
    await watching.event('problem', ({ key, resolved }) => key === 'rebuild/web' && resolved, { from: mark });
    await vi.waitFor(async () => {
      const { now } = await vi.waitUntil(askWeb, patiently);
      expect(now).not.toHaveProperty('settings');
    }, patiently);
    expect((await statusOf('web'))?.buildFailed).toBeUndefined();
  });
});

describe('a newer edit during a build', () => {
  it('B6: cancels it in BuildKit, and its own build follows', async () => {
    const mark = watching.events.length;
    await project.save('list.txt', 'slow 5555\n');
    await vi.waitFor(async () => expect(await runsInBuilder(cluster, 'sleep 5555')).toBe(true), patiently);
    await project.save('list.txt', 'five\n');
    const cancelled = await watching.event(
      'build',
      ({ service, state }) => service === 'web' && state === 'cancelled',
      { from: mark },
    );
    expect(cancelled.reason).toContain('newer edit');
    await vi.waitFor(async () => expect(await runsInBuilder(cluster, 'sleep 5555')).toBe(false), patiently);
    await rolledOut('web', mark);
    expect((await vi.waitUntil(askWeb, patiently)).begun.built).toBe('five');
  });

  it('every 200 ms does not starve it: two are cancelled, and then one is let finish', async () => {
    const mark = watching.events.length;
    const isDone = () => buildsOf('web', mark).some(({ state }) => state === 'done');
    let saves = 0;
    while (!isDone()) {
      saves += 1;
      await project.save('list.txt', `slow 8\n${saves}\n`);
      await new Promise((resolve) => setTimeout(resolve, 200));
      if (saves > 600) throw new Error('no build was let finish');
    }
    const states = buildsOf('web', mark).map(({ state }) => state);
    const [cancelled, started] = ['cancelled', 'started'];
    expect(states.slice(0, 6)).toEqual([started, cancelled, started, cancelled, started, 'done']);
    const last = `slow 8\n${saves}`;
    // A rollout, a build and another rollout later.
    const evenMorePatiently = { ...patiently, timeout: 180_000 };
    await vi.waitFor(async () => expect((await askWeb())?.begun.built).toBe(last), evenMorePatiently);
    for (const each of ['api', 'web'])
      await vi.waitFor(async () => expect((await statusOf(each))?.building).toBe(false), patiently);
  }, 480_000);
});

describe('without a watch', () => {
  async function up(): Promise<string[]> {
    const { stdout, exitCode } = await runKdev(['up', '--json', ...project.flags], { cwd: project.dir });
    expect(exitCode).toBe(0);
    const events = stdout.trim().split('\n');
    return events
      .map((line) => JSON.parse(line) as KdevEvent)
      .flatMap((each) => (each.event === 'build' ? [`${each.service} ${each.state}: ${each.reason}`] : []));
  }

  beforeAll(() => watching.stop());

  it('B3: a changed base image is a reason to build, an unchanged one costs nothing', async () => {
    // So that it is asked for now, and not again while this goes on.
    await forgetAge(`${bases.registry}/bases/api:1`);
    expect(await up()).toEqual([]);
    expect(await inApi('sh', '-c', 'echo $BASE')).toBe('one\n');
    await publishBase(bases, 'two');
    expect(await up()).toEqual([]); // asked for less than ten minutes ago
    await forgetAge(`${bases.registry}/bases/api:1`);
    const reason = `the base image ${bases.registry}/bases/api:1 has changed`;
    expect(await up()).toEqual([`api started: ${reason}`, `api done: ${reason}`]);
    expect(await inApi('sh', '-c', 'echo $BASE')).toBe('two\n');
    expect(await up()).toEqual([]);
  });

  it('B9: an image that admission spells otherwise is no reason to roll out', async () => {
    const admission = await mutateImages(cluster, project.namespace, (image) =>
      image.replace('@', ':spelled@'),
    );
    try {
      // The API server may hear of the webhook after the first objects have come.
      const web = await vi.waitFor(async () => {
        await up();
        const [name = ''] = await podNames('web');
        const pod = await cluster.get({ apiVersion: 'v1', kind: 'Pod', name, namespace: project.namespace });
        expect(JSON.stringify(pod?.['spec'])).toContain(':spelled@sha256:');
        return name;
      }, patiently);
      expect(await up()).toEqual([]);
      expect(await podNames('web')).toEqual([web]);
    } finally {
      await admission.stop();
    }
  });
});

/** As if the registry had been asked long ago. */
async function forgetAge(image: string): Promise<void> {
  const dir = path.join(cacheRoot(process.env), 'base-digests');
  for (const name of await readdir(dir)) {
    // Others may be writing there at this moment, a draft first.
    if (!name.endsWith('.json')) continue;
    const file = path.join(dir, name);
    const answer = JSON.parse(await readFile(file, 'utf8')) as { readonly name: string };
    if (answer.name === image) await writeFile(file, JSON.stringify({ ...answer, askedAt: 0 }));
  }
}
