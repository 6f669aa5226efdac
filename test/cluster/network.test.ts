import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { execIn, podsOf, testCluster } from './cluster.ts';
import { Watching } from './kdev.ts';
import { NetworkNamespace } from './network-namespace.ts';
import { makeProject, type TestProject } from './project.ts';

const namespace = 'network';
/** A dead connection is found within 6 s. */
const patiently = { timeout: 60_000, interval: 100 };

let cluster: Cluster;
let project: TestProject;
let network: NetworkNamespace;
let watching: Watching;
let saves = 0;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('layer', namespace);
  network = await NetworkNamespace.join(new URL(cluster.server));
  const config = parse(await readFile(process.env['KDEV_TEST_KUBECONFIG'] ?? '', 'utf8')) as {
    clusters: { cluster: Record<string, unknown> }[];
  };
  for (const each of config.clusters)
    Object.assign(each.cluster, { server: network.server, 'tls-server-name': 'kubernetes' });
  const through = path.join(project.dir, 'kubeconfig');
  await writeFile(through, stringify(config), { mode: 0o600 });
  watching = new Watching(project.dir, project.flags, { KUBECONFIG: through }, network.through);
  await watching.event('ready');
});
afterAll(async () => {
  await watching?.stop();
  await network?.remove();
  await project?.remove();
});

async function save(): Promise<string> {
  saves += 1;
  await project.save('app/message.txt', `save ${saves}`);
  return `save ${saves}`;
}

async function arrives(text: string): Promise<void> {
  await vi.waitFor(async () => {
    const [pod] = await podsOf(cluster, namespace, 'web');
    const place = { namespace, pod: pod?.name ?? '', container: 'web' };
    expect(await execIn(cluster, place, ['cat', '/srv/app/message.txt'])).toBe(text);
  }, patiently);
}

/** What the screen says of the replica until it is over. */
async function troubleAndCure(mark: number, mend: () => void): Promise<{ code: string; message: string }> {
  const said = await watching.event(
    'problem',
    ({ resolved, replica }) => !resolved && replica !== undefined,
    {
      from: mark,
      deadlineMs: patiently.timeout,
    },
  );
  mend();
  await watching.event('problem', ({ key, resolved }) => resolved && key === said.key, {
    from: mark,
    deadlineMs: patiently.timeout,
  });
  return said;
}

it('A47, R7: packets that vanish without a word are noticed, told with their cause, and what was saved meanwhile arrives once', async () => {
  await arrives(await save());
  await watching.event('synced');
  const mark = watching.events.length;
  network.dropPackets(true);
  const text = await save();
  const said = await troubleAndCure(mark, () => network.dropPackets(false));
  expect(said).toMatchObject({ code: 'link-lost' });
  expect(said.message).toMatch(/no packet came back for 4 s|no sign of life/);
  await arrives(text);
  const synced = await watching.event('synced', () => true, { from: mark });
  expect(watching.since(mark, 'synced')).toEqual([synced]);
  expect(watching.since(mark, 'restarted')).toEqual([]);
});

it('A47: another address of this machine, as after a change of networks, is another connection and nothing else', async () => {
  const mark = watching.events.length;
  network.changeAddress();
  const text = await save();
  const said = await troubleAndCure(mark, () => undefined);
  expect(said.code).toBe('link-lost');
  await arrives(text);
  const synced = await watching.event('synced', () => true, { from: mark });
  expect(watching.since(mark, 'synced')).toEqual([synced]);
  const [pod] = await podsOf(cluster, namespace, 'web');
  await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name: pod?.name ?? '', namespace });
  await vi.waitFor(
    async () => expect((await podsOf(cluster, namespace, 'web'))[0]?.name).not.toBe(pod?.name),
    patiently,
  );
  await arrives(text);
});
