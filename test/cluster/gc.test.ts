import { afterAll, beforeAll, expect, it } from 'vitest';
import type { GcReport } from '../../src/cli/gc-report.ts';
import { holderWords } from '../../src/compose/holder-words.ts';
import { kdevNamespace } from '../../src/core/kdev-namespace.ts';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import type { RegistryRequest } from '../../src/core/ports/registry.ts';
import { createBuildLeases } from '../../src/gc/build-leases.ts';
import { createRegistryRequest } from '../../src/registry/registry-request.ts';
import { readSchema, validatorOf } from '../events/valid-event.ts';
import { digestOf, pullWhole, pushImage } from '../gc/push-image.ts';
import { registryOf } from './base-image.ts';
import { testCluster } from './cluster.ts';
import { runKdev, startKdev } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

const repository = 'kdev/gc-web';
let cluster: Cluster;
let project: TestProject;
let request: RegistryRequest;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('layer', 'gc');
  request = createRegistryRequest({ fromHere: await registryOf(cluster), plainHttp: true });
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'gc' } });
});
afterAll(() => project?.remove());

const tagOf = (text: string): string => digestOf(text).slice(7, 39);

function push(code: string, tag = tagOf(code)): Promise<string> {
  return pushImage(request, repository, [tag], [`base ${'x'.repeat(100_000)}`, code]);
}

async function gc(...args: string[]): Promise<GcReport> {
  const { exitCode, stderr, stdout } = await runKdev(['gc', '--json', ...project.flags, ...args], {
    cwd: project.dir,
  });
  expect([exitCode, stderr]).toEqual([0, expect.anything()]);
  const report = JSON.parse(stdout) as GcReport;
  const valid = validatorOf(readSchema('gc.schema.json'));
  expect(valid(report), JSON.stringify(valid.errors)).toBe(true);
  return report;
}

/** Of this test's repository: digest → why it stays. */
function verdicts({ manifests }: GcReport): Readonly<Record<string, string | null>> {
  const own = manifests.filter((manifest) => manifest.repository === repository);
  return Object.fromEntries(own.map(({ digest, stays }) => [digest, stays]));
}

const everything = ['--keep', '0', '--older-than', '0s'];

async function applyReplicaSet(name: string, digest: string): Promise<void> {
  const labels = { app: name };
  const image = `${request.host}/${repository}@${digest}`;
  await cluster.apply({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name, namespace: 'gc' },
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'app', image }] } },
    },
  });
}

it('what nothing names goes with its bytes, and an old ReplicaSet’s image, a named one and other people’s stay', async () => {
  const [old, used, named] = [await push('old'), await push('used'), await push('named', 'release')];
  const foreign = await pushImage(request, 'shop/web', [tagOf('foreign')], ['foreign']);
  await applyReplicaSet('used', used);

  const planned = await gc('--dry-run', ...everything);
  expect(verdicts(planned)).toEqual({ [old]: null, [used]: 'in-use', [named]: 'named' });
  expect((await request('HEAD', `${repository}/manifests/${old}`)).status).toBe(200);
  expect(verdicts(await gc())).toMatchObject({ [old]: 'young' });
  expect(verdicts(await gc('--older-than', '0s'))).toMatchObject({ [old]: 'newest' });

  const done = await gc(...everything);
  expect(verdicts(done)).toEqual(verdicts(planned));
  expect(done.bytesAfter).toBeLessThan(done.bytesBefore);
  expect((await request('HEAD', `${repository}/manifests/${old}`)).status).toBe(404);
  expect((await request('HEAD', `${repository}/blobs/${digestOf('old')}`)).status).toBe(404);
  for (const digest of [used, named]) await pullWhole(request, repository, digest);
  await pullWhole(request, 'shop/web', foreign);
  expect(verdicts(await gc(...everything))).toEqual({ [used]: 'in-use', [named]: 'named' });
});

it('waits for a build that runs, and keeps what it made until something names it', async () => {
  const leases = createBuildLeases({
    cluster,
    ensureNamespace: async () => void (await cluster.apply(kdevNamespace('kdev-builder'))),
    words: holderWords('/a/project'),
  });
  const lease = await leases.begin({ repository, tag: tagOf('built') });
  const collecting = startKdev(['gc', '--json', ...project.flags, ...everything], { cwd: project.dir });
  const digest = await push('built');
  await lease.built(digest);
  const { exitCode, stdout } = await collecting.finished;
  expect(exitCode).toBe(0);
  expect(verdicts(JSON.parse(stdout) as GcReport)).toMatchObject({ [digest]: 'in-use' });
  await pullWhole(request, repository, digest);
  await lease.release();
  expect(verdicts(await gc(...everything))).toMatchObject({ [digest]: null });
});

it('a box that an older kdev made is told to be made anew (gc-storage-failed)', async () => {
  const script = '/usr/local/bin/serve-registry';
  const inBox = (...command: string[]) => {
    const name = cluster.context.replace(/^box-/, '');
    return runKdev(['box', 'shell', name, '--', ...command], { cwd: project.dir });
  };
  await inBox('mv', script, `${script}.away`);
  try {
    const { exitCode, stderr } = await runKdev(['gc', ...project.flags], { cwd: project.dir });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('make it anew');
  } finally {
    await inBox('mv', `${script}.away`, script);
  }
});

it('a registry that is somebody else’s is left alone without a word of consent (gc-unconfirmed)', async () => {
  await project.edit(
    'dev.config.ts',
    "manifests: 'k8s.yaml',",
    `manifests: 'k8s.yaml',\n  registry: { push: '${request.host}', plainHttp: true },`,
  );
  const { exitCode, stderr } = await runKdev(['gc', ...project.flags], { cwd: project.dir });
  expect(exitCode).toBe(2);
  expect(stderr).toContain('nothing was deleted');
  expect(await gc('--dry-run')).toMatchObject({ ours: false });
});
