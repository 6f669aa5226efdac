import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findSession } from '../../src/cli/serve-session.ts';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import type { DaemonClient } from '../../src/daemon/call-daemon.ts';
import { askSession, type RemoteSession } from '../../src/daemon/session-client.ts';
import { execIn, podsOf, testCluster } from './cluster.ts';
import { kdevEnv, runKdev, Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

const patiently = { timeout: 60_000, interval: 50 };

// One watch over the example, two replicas, and what others ask of it over its socket, in order.
let cluster: Cluster;
let project: TestProject;
let watching: Watching;
let client: DaemonClient;
let session: RemoteSession;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('example', 'controls');
  watching = new Watching(project.dir, project.flags);
  await watching.event('ready');
  client = await dial();
  session = askSession(client);
});

afterAll(async () => {
  client?.close();
  await watching?.stop();
  await project?.remove();
});

async function dial(): Promise<DaemonClient> {
  const found = await findSession({
    project: { root: project.dir },
    environment: {
      name: 'local',
      namespace: project.namespace,
      target: { type: 'context', context: cluster.context },
    },
    surroundings: { env: kdevEnv() },
  });
  if (!found) throw new Error('no session');
  return found;
}

const kdev = (...args: string[]) => runKdev([...args, ...project.flags], { cwd: project.dir });

/** What each replica's container says to a shell command. */
async function everywhere(script: string): Promise<readonly string[]> {
  const pods = await podsOf(cluster, project.namespace, 'adder');
  const { namespace } = project;
  return Promise.all(
    pods.map(({ name }) =>
      execIn(cluster, { namespace, pod: name, container: 'adder' }, ['sh', '-c', script]),
    ),
  );
}

const bulk = (): string => path.join(project.dir, 'e2e_k8s', 'bulk');
/** So many that a part of them is still a mass, should their deletion be seen in parts. */
const bulkFiles = 200;

async function makeBulk(): Promise<void> {
  await mkdir(bulk());
  for (let index = 0; index < bulkFiles; index++)
    await writeFile(path.join(bulk(), `${index}.txt`), `${index}`);
}

const countBulk = 'ls /app/e2e_k8s/bulk 2>/dev/null | wc -l';

it('the greeting names the place, and a command about another place is not answered by it', async () => {
  const { namespace } = project;
  expect(client.greeting).toMatchObject({ context: cluster.context, namespace, environment: 'local' });
  const here = await kdev('status', '--json');
  expect(JSON.parse(here.stdout)).toMatchObject({ session: { pid: client.greeting.pid }, inSync: true });
  const elsewhere = await runKdev(
    ['status', '--json', '--context', cluster.context, '--namespace', 'elsewhere'],
    { cwd: project.dir },
  );
  expect(JSON.parse(elsewhere.stdout)).toMatchObject({ session: null, inSync: null });
  expect(elsewhere.exitCode).toBe(1);
});

it('X2: a restart that somebody asks for starts the app of both replicas again', async () => {
  const mark = watching.events.length;
  await session.restart('adder');
  // The answer and the events come by two ways.
  await vi.waitFor(() => expect(watching.since(mark, 'restarted')).toHaveLength(2), patiently);
});

it('a save that was made before is in every replica when settling is over', async () => {
  for (let round = 0; round < 5; round++) {
    await project.save('e2e_k8s/round.txt', `round ${round}`);
    const [status] = await session.settle(['adder']);
    expect(status?.replicas.map(({ digest }) => digest)).toEqual([status?.digest, status?.digest]);
    expect(await everywhere('cat /app/e2e_k8s/round.txt')).toEqual([`round ${round}`, `round ${round}`]);
  }
});

it('kdev wait is 0 then and names what it waited for', async () => {
  await project.save('e2e_k8s/round.txt', 'waited for');
  const { exitCode, stdout } = await kdev('wait', '--synced');
  expect(stdout).toMatch(/^✓ adder in sync: 2 replicas on #\d+ {2}[0-9a-f]{12}\n$/);
  expect(exitCode).toBe(0);
  expect(await everywhere('cat /app/e2e_k8s/round.txt')).toEqual(['waited for', 'waited for']);
});

it('the events are there for others, too', async () => {
  const seen: string[] = [];
  const enough = new AbortController();
  const following = session.follow(({ event }) => seen.push(event), enough.signal);
  await project.save('e2e_k8s/round.txt', 'followed');
  await vi.waitFor(
    () => expect(seen).toEqual(expect.arrayContaining(['change', 'plan', 'synced'])),
    patiently,
  );
  enough.abort(new Error('enough'));
  await expect(following).rejects.toThrow('enough');
});

it('X2: a pause keeps saves here, says so, and ends with one change set', async () => {
  const mark = watching.events.length;
  await session.pause();
  await project.save('e2e_k8s/round.txt', 'held');
  await project.save('e2e_k8s/other.txt', 'held');
  await vi.waitFor(async () => expect((await session.status()).services[0]?.unsent).toBe(2), patiently);
  const { exitCode, stdout } = await kdev('status', '--json');
  expect(JSON.parse(stdout)).toMatchObject({ paused: true, inSync: false });
  expect(exitCode).toBe(1);
  const waited = await kdev('wait', '--synced');
  expect(waited.stderr).toContain('sync-paused');
  expect(waited.exitCode).toBe(2);
  expect(await everywhere('cat /app/e2e_k8s/round.txt')).toEqual(['followed', 'followed']);
  await session.resume();
  await session.settle([]);
  expect(await everywhere('cat /app/e2e_k8s/round.txt')).toEqual(['held', 'held']);
  await vi.waitFor(() => expect(watching.since(mark, 'change')).toHaveLength(1), patiently);
});

describe('a mass delete', () => {
  it('is held and told once it is seen to be many, while everything else goes on', async () => {
    await makeBulk();
    await session.settle([]);
    expect(await everywhere(countBulk)).toEqual([`${bulkFiles}\n`, `${bulkFiles}\n`]);
    const mark = watching.events.length;
    await rm(bulk(), { recursive: true });
    const problem = await watching.event('problem', ({ key }) => key === 'held/adder', { from: mark });
    expect(problem).toMatchObject({ code: 'mass-delete-held', resolved: false });
    await project.save('e2e_k8s/round.txt', 'goes on');
    // The first few of the deletions are synced, too.
    const isRound = ({ paths }: { readonly paths: readonly string[] }) => paths.includes('e2e_k8s/round.txt');
    const { seq } = await watching.event('change', isRound, { from: mark });
    await watching.event('synced', (each) => each.seq >= seq, { from: mark });
    expect(await everywhere('cat /app/e2e_k8s/round.txt')).toEqual(['goes on', 'goes on']);
    expect((await everywhere(countBulk)).every((count) => Number(count) > 50)).toBe(true);
    expect((await kdev('status')).stdout).toContain('mass-delete-held');
  });

  it('goes on when somebody says that it is meant', async () => {
    await session.release('adder');
    await session.settle([]);
    expect(await everywhere(countBulk)).toEqual(['0\n', '0\n']);
    expect((await session.status()).problems).toEqual([]);
  });
});

it('a changed configuration is a problem until it is back', async () => {
  const mark = watching.events.length;
  await project.edit('dev.config.ts', "restart: ['e2e_k8s/**/*.py']", 'restart: 5');
  await watching.event('problem', ({ code }) => code === 'config-invalid', { from: mark });
  await project.edit('dev.config.ts', 'restart: 5', 'restart: []');
  await watching.event('problem', ({ code, resolved }) => code === 'config-changed' && !resolved, {
    from: mark,
  });
  await project.edit('dev.config.ts', 'restart: []', "restart: ['e2e_k8s/**/*.py']");
  await watching.event('problem', ({ key, resolved }) => key === 'config' && resolved, { from: mark });
});

it('a rebuild that somebody asks for makes new pods although nothing has changed', async () => {
  const before = (await podsOf(cluster, project.namespace, 'adder')).map(({ name }) => name);
  const mark = watching.events.length;
  await session.rebuild('adder');
  const after = (await podsOf(cluster, project.namespace, 'adder')).map(({ name }) => name);
  expect(after).toHaveLength(2);
  expect(after.filter((name) => before.includes(name))).toEqual([]);
  await vi.waitFor(
    () => expect(watching.since(mark, 'build').map(({ state }) => state)).toEqual(['started', 'done']),
    patiently,
  );
  await session.settle([]);
  expect(await everywhere('cat /app/e2e_k8s/round.txt')).toEqual(['goes on', 'goes on']);
});

it('a rebuild that is due and fails ends the waiting, stands as a problem, and goes with its cause', async () => {
  const mark = watching.events.length;
  await project.edit('Dockerfile', 'WORKDIR /app', 'WORKDIR /app\nRUN false');
  const { exitCode, stderr } = await kdev('wait', '--synced', '--timeout', '2m');
  expect(stderr).toContain('build-failed');
  expect(exitCode).toBe(2);
  await watching.event('problem', ({ key }) => key === 'rebuild/adder', { from: mark });
  expect((await session.status()).services[0]?.buildFailed).toBeDefined();
  await project.edit('Dockerfile', 'WORKDIR /app\nRUN false', 'WORKDIR /app');
  await session.settle([]);
  expect((await session.status()).problems).toEqual([]);
});

it('what is asked of a service that is not there fails as in the session itself', async () => {
  await expect(session.restart('ader')).rejects.toMatchObject({ code: 'service-unknown', fault: 'user' });
  await expect(session.settle(['ader'])).rejects.toMatchObject({ code: 'service-unknown' });
});

it('watch --once goes through the running watch', async () => {
  await project.save('e2e_k8s/round.txt', 'once');
  const { exitCode, stdout } = await kdev('watch', '--once', '--json');
  expect(stdout).toContain('"event":"ready"');
  expect(exitCode).toBe(0);
  expect(await everywhere('cat /app/e2e_k8s/round.txt')).toEqual(['once', 'once']);
});

describe('without a watch', () => {
  it('kdev wait says that nobody brings anything up to date', async () => {
    await makeBulk();
    await session.settle([]);
    await watching.stop();
    const { exitCode, stdout } = await kdev('wait', '--synced', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ session: null, inSync: false });
    expect(exitCode).toBe(1);
  });

  it('what was deleted in masses meanwhile is held by up, which ends with 1, and goes with --yes', async () => {
    const pods = async () =>
      (await podsOf(cluster, project.namespace, 'adder')).map(({ name }) => name).sort();
    const before = await pods();
    await rm(bulk(), { recursive: true });
    const held = await kdev('up', '--json');
    expect(held.stdout).toContain('"code":"mass-delete-held"');
    expect(held.exitCode).toBe(1);
    expect(await everywhere(countBulk)).toEqual([`${bulkFiles}\n`, `${bulkFiles}\n`]);
    const meant = await kdev('up', '--yes');
    expect(meant.exitCode).toBe(0);
    expect(await pods()).toEqual(before);
    expect(await everywhere(countBulk)).toEqual(['0\n', '0\n']);
  });
});
