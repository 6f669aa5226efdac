import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { parse, parseAllDocuments, stringify } from 'yaml';
import type { DoctorReport, ReportedFinding } from '../../src/cli/doctor-report.ts';
import type { Cluster, KubernetesObject } from '../../src/core/ports/cluster.ts';
import { readSchema, validatorOf } from '../events/valid-event.ts';
import { temporaryDir } from '../temporary-dir.ts';
import { testCluster } from './cluster.ts';
import { type Finished, runKdev } from './kdev.ts';
import { kubeconfigOf } from './kubeconfig.ts';
import { makeProject, type TestProject } from './project.ts';

/** Each look is a kdev of its own. */
const patiently = { timeout: 120_000, interval: 500 };
const namespace = 'doctor-app';
const home = 'doctor-home';
const person = 'system:serviceaccount:doctor-home:berta';

let cluster: Cluster;
let project: TestProject;
let kubeconfig: string;
let flags: readonly string[];
const applied: KubernetesObject[] = [];

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('example', namespace);
  flags = ['--namespace', namespace];
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: home } });
  const metadata = { name: 'berta', namespace: home };
  await cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
  kubeconfig = path.join(project.dir, 'kubeconfig');
  await writeFile(kubeconfig, await kubeconfigOf(cluster, metadata), { mode: 0o600 });
});
afterAll(async () => {
  await project?.remove();
  const names = applied.map(({ apiVersion, kind, metadata }) => ({
    ...{ apiVersion, kind, name: metadata.name },
    ...(metadata.namespace !== undefined && { namespace: metadata.namespace }),
  }));
  for (const each of names.filter(({ kind }) => kind !== 'Namespace')) await cluster?.delete(each);
  await cluster?.delete({ apiVersion: 'v1', kind: 'Namespace', name: home });
});

async function doctor(...args: string[]): Promise<Finished> {
  const where = ['--context', cluster.context, ...flags];
  return runKdev(['doctor', ...where, ...args], { cwd: project.dir, env: { KUBECONFIG: kubeconfig } });
}

async function report(...args: string[]): Promise<DoctorReport & { readonly exitCode: number }> {
  const { exitCode, stdout } = await doctor('--json', ...args);
  const answer = JSON.parse(stdout) as DoctorReport;
  const valid = validatorOf(readSchema('doctor.schema.json'));
  expect(valid(answer), JSON.stringify(valid.errors)).toBe(true);
  return { ...answer, exitCode };
}

const failed = ({ findings }: DoctorReport): readonly ReportedFinding[] =>
  findings.filter(({ status }) => status === 'fail');

it('what a person may not do is said with a Role, and with that applied the doctor is content', async () => {
  await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  const before = await report();
  expect(before.exitCode).toBe(1);
  expect(failed(before).map(({ check }) => check)).toEqual(
    expect.arrayContaining(['app-permissions', 'builder-permissions']),
  );
  const words = failed(before).find(({ check }) => check === 'app-permissions');
  expect(words?.says).toContain(person);

  const manifests = failed(before).flatMap(({ manifest }) => (manifest === undefined ? [] : [manifest]));
  for (const manifest of manifests) {
    for (const document of parseAllDocuments(manifest)) {
      const object = document.toJSON() as KubernetesObject;
      await cluster.apply(object, { force: true });
      applied.push(object);
    }
  }
  await vi.waitFor(async () => expect(failed(await report())).toEqual([]), patiently);
  const { exitCode, findings } = await report();
  expect(exitCode).toBe(0);
  // Seeing the whole cluster is a wish, and was not granted.
  expect(findings).toContainEqual(expect.objectContaining({ check: 'cluster-permissions', status: 'warn' }));
});

it('for an administrator there is nothing in the way, and lines say so', async () => {
  const { exitCode, stdout } = await runKdev(['doctor', ...project.flags], { cwd: project.dir });
  expect(stdout).toContain('Nothing is in the way');
  expect(exitCode).toBe(0);
});

it('an invalid configuration is a finding with its place, and the rest is looked at all the same', async () => {
  await project.edit('dev.config.ts', 'sync: {', 'sink: {');
  const answer = await report();
  expect(answer.exitCode).toBe(1);
  expect(failed(answer)).toContainEqual(
    expect.objectContaining({ check: 'config', says: expect.stringContaining('dev.config.ts') }),
  );
  expect(answer.findings).toContainEqual(expect.objectContaining({ check: 'cluster-version', status: 'ok' }));
});

it('without a project and without a cluster it says what it did not look at', async () => {
  const empty = await temporaryDir('kdev-doctor-');
  const env = { KUBECONFIG: '', HOME: empty.path, KDEV_STATE_DIR: empty.path };
  const { exitCode, stdout } = await runKdev(['doctor', '--json'], { cwd: empty.path, env });
  const { findings } = JSON.parse(stdout) as DoctorReport;
  const skipped = findings.filter(({ status }) => status === 'skipped').map(({ check }) => check);
  expect(skipped).toEqual(['config', 'cluster-reachable']);
  expect(exitCode).toBe(0);
  await empty.remove();
});

it('a cluster that does not answer is one finding, with what to do', async () => {
  const config = parse(await readFile(kubeconfig, 'utf8')) as {
    clusters: { cluster: { server: string } }[];
  };
  for (const each of config.clusters) each.cluster.server = 'https://127.0.0.1:9';
  const silent = path.join(project.dir, 'silent');
  await writeFile(silent, stringify(config), { mode: 0o600 });
  const args = ['doctor', '--json', '--context', cluster.context];
  const { exitCode, stdout } = await runKdev(args, { cwd: '/', env: { KUBECONFIG: silent } });
  expect(exitCode).toBe(1);
  expect(failed(JSON.parse(stdout) as DoctorReport)).toMatchObject([
    { check: 'cluster-reachable', cure: expect.any(String) },
  ]);
});
