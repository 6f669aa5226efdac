import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { podsOf, testCluster } from './cluster.ts';
import { type Finished, runKdev, Watching } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

// The example's own suites, and one that tells which image it runs in. The tests are steps in one life.
let cluster: Cluster;
let project: TestProject;
let watching: Watching | undefined;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('example', 'test-rebuild');
  const unit = "{ command: 'pytest tests/unit --junitxml=/tmp/unit.xml', junit: '/tmp/unit.xml' }";
  await project.edit('dev.config.ts', "'pytest tests/unit'", unit);
  await project.edit('dev.config.ts', 'tests: {', "tests: { marks: 'tail -n 1 pyproject.toml',");
});

afterAll(async () => {
  await watching?.stop();
  await project?.remove();
});

function kdevTest(...args: readonly string[]): Promise<Finished> {
  return runKdev(['test', ...args, ...project.flags], { cwd: project.dir });
}

async function pods(): Promise<readonly string[]> {
  return (await podsOf(cluster, project.namespace, 'adder')).map(({ name }) => name);
}

async function mark(text: string): Promise<void> {
  const content = await readFile(path.join(project.dir, 'pyproject.toml'), 'utf8');
  await project.save('pyproject.toml', `${content}# ${text}\n`);
}

it('without a session it builds, rolls out and runs all suites of the example: green', async () => {
  const { exitCode, stdout } = await kdevTest('adder', 'unit', 'functional', 'lint', '--junit', 'all.xml');
  expect(stdout).toMatch(/15 passed in [\s\S]*8 passed in [\s\S]*already formatted/);
  expect(stdout).toContain('✓ 3 suites passed');
  expect(exitCode).toBe(0);
  const report = await readFile(path.join(project.dir, 'all.xml'), 'utf8');
  // pytest's own cases, and one for each suite whose tool tells none.
  expect(report).toMatch(/<testsuites name="kdev" tests="17" failures="0" errors="0" skipped="0"/);
  expect(report).toContain('name="test_adds_two_numbers"');
});

it('without a session a rebuild that is due comes first', async () => {
  const before = await pods();
  await mark('built without a session');
  const { exitCode, stdout } = await kdevTest('marks');
  expect(stdout).toContain('\n# built without a session\n');
  expect(exitCode).toBe(0);
  expect((await pods()).filter((name) => before.includes(name))).toEqual([]);
});

it('with a running watch it waits for the rebuilt container', async () => {
  watching = new Watching(project.dir, project.flags);
  await watching.event('ready');
  const before = await pods();
  await mark('built by the watch');
  const { exitCode, stdout } = await kdevTest('marks');
  expect(stdout).toContain('\n# built by the watch\n');
  expect(exitCode).toBe(0);
  const [, replica = ''] = /marks passed in .*?(adder-\S+)/.exec(stdout) ?? [];
  expect(await pods()).toContain(replica);
  expect(before).not.toContain(replica);
});

it('code that is wrong is red, and lint runs all the same', async () => {
  await project.edit('e2e_k8s/demo.py', 'return a + b', 'return a - b');
  const { exitCode, stdout } = await kdevTest();
  expect(stdout).toMatch(/✗ unit failed[\s\S]*✗ functional failed[\s\S]*✓ lint passed/);
  expect(exitCode).toBe(1);
  await project.edit('e2e_k8s/demo.py', 'return a - b', 'return a + b');
  expect((await kdevTest()).exitCode).toBe(0);
});

it('a suite runs also while the app itself cannot start', async () => {
  await project.edit('e2e_k8s/__main__.py', 'import', 'import no_such_module\nimport');
  const { exitCode, stdout } = await kdevTest('functional');
  expect(stdout).toContain('8 passed');
  expect(exitCode).toBe(0);
  await project.edit('e2e_k8s/__main__.py', 'import no_such_module\nimport', 'import');
});

it('where the rebuild that is due fails, nothing is tested, and that is said', async () => {
  await project.edit(
    'Dockerfile',
    'COPY pyproject.toml',
    'RUN echo no tests then && false\nCOPY pyproject.toml',
  );
  const { exitCode, stdout, stderr } = await kdevTest('lint');
  expect(stdout).not.toContain('lint');
  expect(stderr).toContain('build-failed');
  expect(exitCode).toBe(2);
});
