import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { KdevEvent } from '../../src/core/event.ts';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { runsInBuilder } from './builder.ts';
import { execIn, podsOf, testCluster } from './cluster.ts';
import { type Finished, runKdev, startKdev, Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

const patiently = { timeout: 60_000, interval: 200 };

// `kdev build` on one project: beside everything, with a rollout of its own, and through a running watch, in order.
let cluster: Cluster;
let project: TestProject;
let watching: Watching | undefined;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('builds', 'build-command');
});
afterAll(async () => {
  await watching?.stop();
  await project?.remove();
});

const kdev = (...args: string[]): Promise<Finished> =>
  runKdev(['build', ...args, ...project.flags], { cwd: project.dir });

function eventsOf({ stdout }: Finished): KdevEvent[] {
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as KdevEvent);
}

function statesOf(finished: Finished): string[] {
  return eventsOf(finished).flatMap((each) =>
    each.event === 'build' ? [`${each.service} ${each.state}`] : [],
  );
}

async function podNames(service: string): Promise<readonly string[]> {
  return (await podsOf(cluster, project.namespace, service)).map(({ name }) => name);
}

async function builtFrom(service: string): Promise<string> {
  const [pod = ''] = await podNames(service);
  return execIn(cluster, { namespace: project.namespace, pod, container: service }, ['cat', '/built.txt']);
}

describe('without a rollout', () => {
  it('builds and pushes, and touches no workload', async () => {
    const finished = await kdev('--no-rollout', '--json');
    expect(finished.exitCode).toBe(0);
    expect(statesOf(finished).sort()).toEqual(['api done', 'api started', 'web done', 'web started']);
    expect(
      await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: project.namespace }),
    ).toBeUndefined();
  });

  it('B8: builds nothing when what goes in is the same', async () => {
    expect(statesOf(await kdev('--no-rollout', '--json', 'web'))).toEqual(['web started', 'web cached']);
  });

  it('prints the images alone, one a line', async () => {
    const { exitCode, stdout, stderr } = await kdev('--no-rollout', '--print-tag');
    expect(stdout).toMatch(
      /^\S+\/kdev\/builds-api@sha256:[0-9a-f]{64}\n\S+\/kdev\/builds-web@sha256:[0-9a-f]{64}\n$/,
    );
    expect(stderr).toContain('up to date');
    expect(exitCode).toBe(0);
  });

  it('builds a stage and pushes it under a name, to the cluster’s registry where none is named', async () => {
    await project.edit(
      'Dockerfile',
      'FROM python:3.11-slim',
      'FROM busybox:1.35 AS tiny\nFROM python:3.11-slim',
    );
    const { stdout, exitCode } = await kdev(
      'web',
      '--target',
      'tiny',
      '--push',
      'team/tiny:v1',
      '--print-tag',
    );
    expect(exitCode).toBe(0);
    const [, host = '', digest] = /^(\S+)\/team\/tiny:v1@(sha256:\S+)\n$/.exec(stdout) ?? [];
    const answer = await fetch(`http://${host}/v2/team/tiny/manifests/v1`, {
      headers: { accept: 'application/vnd.oci.image.manifest.v1+json' },
    });
    expect(answer.headers.get('docker-content-digest')).toBe(digest);
  });

  it('names the failing step with its last lines, and ends with the code of what a person can repair', async () => {
    await project.save('list.txt', 'bad\n');
    const { exitCode, stderr } = await kdev('web', '--no-rollout');
    expect(stderr).toMatch(/build-failed[\s\S]*the last words/);
    expect(stderr).toMatch(/Dockerfile:[56]/);
    expect(exitCode).toBe(2);
  });

  it('Ctrl-C cancels the build in BuildKit', async () => {
    await project.save('list.txt', 'slow 1111\n');
    const running = startKdev(['build', 'web', '--no-rollout', '--json', ...project.flags], {
      cwd: project.dir,
    });
    await vi.waitFor(async () => expect(await runsInBuilder(cluster, 'sleep 1111')).toBe(true), patiently);
    running.kill('SIGINT');
    const finished = await running.finished;
    expect(finished.exitCode).toBe(130);
    expect(statesOf(finished)).toEqual(['web started', 'web cancelled']);
    await vi.waitFor(async () => expect(await runsInBuilder(cluster, 'sleep 1111')).toBe(false), patiently);
  });

  it.each([
    ['a name that is none', ['web', '--push', 'No Name'], 'push-name-invalid'],
    ['one name for two images', ['--push', 'team/two'], 'usage'],
    ['two kinds of output at once', ['--json', '--print-tag'], 'usage'],
    ['a service that is not there', ['wep'], 'service-unknown'],
  ])('refuses %s before anything is built', async (_, args, code) => {
    const { exitCode, stderr } = await kdev(...args);
    expect(stderr).toContain(code);
    expect(exitCode).toBe(2);
  });
});

describe('with a rollout', () => {
  it('brings up pods of the new image, and ends', async () => {
    await project.save('list.txt', 'one\n');
    const finished = await kdev('--json');
    expect(finished.exitCode).toBe(0);
    expect(eventsOf(finished).some(({ event }) => event === 'ready')).toBe(true);
    expect(await builtFrom('web')).toBe('one\n');
    expect(await builtFrom('api')).toBe('one\n');
  });

  it('builds what a synced edit has changed, and leaves pods of an unchanged image alone', async () => {
    const [before] = await podNames('web');
    await kdev('web');
    expect(await podNames('web')).toEqual([before]);
    await project.save('app/page.txt', 'page two');
    const finished = await kdev('web', '--json');
    expect(statesOf(finished)).toEqual(['web started', 'web done']);
    expect(await podNames('web')).not.toContain(before);
  });

  it('makes new pods also of an unchanged image when it is forced to', async () => {
    const api = await podNames('api');
    const before = await podNames('web');
    expect(statesOf(await kdev('web', '--force', '--json'))).toEqual(['web started', 'web done']);
    expect((await podNames('web')).filter((name) => before.includes(name))).toEqual([]);
    expect(await podNames('api')).toEqual(api);
  });
});

describe('beside a running watch', () => {
  const rollouts = (mark: number) => watching?.since(mark, 'rollout').filter(isWeb) ?? [];
  const isWeb = ({ service }: { readonly service: string }): boolean => service === 'web';

  it('which began with a build that fails and waits for the edit that repairs it', async () => {
    const before = await podNames('web');
    await project.save('list.txt', 'bad\n');
    watching = new Watching(project.dir, project.flags);
    const { code } = await watching.event('problem', ({ key }) => key === 'rebuild/web');
    expect(code).toBe('build-failed');
    expect(await podNames('web')).toEqual(before);
    await project.save('list.txt', 'one\n');
    await watching.event('problem', ({ key, resolved }) => key === 'rebuild/web' && resolved);
    await watching.event('ready');
  });

  it('has that one build and roll out, and shows what it tells', async () => {
    const mark = watching?.events.length ?? 0;
    await project.save('app/page.txt', 'page three');
    await watching?.event('synced', () => true, { from: mark });
    const { exitCode, stdout, stderr } = await kdev('web', '--print-tag');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('building in the running kdev watch');
    const done = await watching?.event('build', (each) => isWeb(each) && each.state === 'done', {
      from: mark,
    });
    expect(done?.seq).toBeGreaterThan(0);
    expect(stdout).toBe(`${done?.image}\n`);
    await watching?.event('rollout', (each) => isWeb(each) && each.state === 'done', { from: mark });
    // A pod that takes its time is told as stuck meanwhile.
    const states = rollouts(mark).flatMap(({ state }) => (state === 'stuck' ? [] : [state]));
    expect(states).toEqual(['started', 'done']);
  });

  it('B8: rolls nothing out when what goes in is the same', async () => {
    const before = await podNames('web');
    expect(statesOf(await kdev('web', '--json'))).toEqual(['web started', 'web cached']);
    expect(await podNames('web')).toEqual(before);
  });

  it('Ctrl-C cancels in BuildKit what nobody else asked for, and the watch goes on', async () => {
    const mark = watching?.events.length ?? 0;
    // No rebuild rule names it, so only a person's wish builds it.
    await project.save('app/delay.txt', '2222\n');
    await watching?.event('synced', () => true, { from: mark });
    const running = startKdev(['build', 'web', '--json', ...project.flags], { cwd: project.dir });
    await vi.waitFor(async () => expect(await runsInBuilder(cluster, 'sleep 2222')).toBe(true), patiently);
    running.kill('SIGINT');
    expect((await running.finished).exitCode).toBe(130);
    await watching?.event('build', ({ state }) => state === 'cancelled', { from: mark });
    await vi.waitFor(async () => expect(await runsInBuilder(cluster, 'sleep 2222')).toBe(false), patiently);
    await project.save('app/delay.txt', '0\n');
  });
});
