import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { execIn, podsOf, testCluster } from './cluster.ts';
import { runKdev } from './kdev.ts';
import { makeProject, type TestProject } from './project.ts';

const namespace = 'pull';
let cluster: Cluster;
let project: TestProject;
let inPod: (script: string) => Promise<string>;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('layer', namespace);
  await project.edit(
    'dev.config.ts',
    "restart: ['app/*.py']",
    "restart: ['app/*.py'], pull: ['app/**/*.lock']",
  );
  expect((await runKdev(['up', ...project.flags], { cwd: project.dir })).exitCode).toBe(0);
  const [pod] = await podsOf(cluster, namespace, 'web');
  inPod = (script) =>
    execIn(cluster, { namespace, pod: pod?.name ?? '', container: 'web' }, ['sh', '-c', script]);
});
afterAll(() => project?.remove());

const pull = (...args: string[]) => runKdev(['pull', ...project.flags, ...args], { cwd: project.dir });
const local = (file: string) => readFile(path.join(project.dir, file), 'utf8');

describe('kdev pull', () => {
  it('brings what the service declares, and with --dry-run only says so', async () => {
    await inPod('mkdir -p made; echo one > made/deps.lock; echo x > made/other; chmod 755 made/deps.lock');
    const planned = await pull('--dry-run');
    expect(planned).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('+ app/made/deps.lock') });
    await expect(local('app/made/deps.lock')).rejects.toThrow();
    expect((await pull()).exitCode).toBe(0);
    expect(await local('app/made/deps.lock')).toBe('one\n');
    await expect(local('app/made/other')).rejects.toThrow();
  });

  it('takes globs, follows no link out, and keeps what was edited here unless it is forced', async () => {
    await inPod(
      'echo two > made/deps.lock; ln -sf /etc/passwd made/secrets; head -c 3000000 /dev/zero > made/big',
    );
    await project.save('app/made/deps.lock', 'mine\n');
    const pulled = await pull('app/made/**', '--json');
    const files = JSON.parse(pulled.stdout) as readonly { path: string; state: string }[];
    const states = Object.fromEntries(files.map(({ path: file, state }) => [file, state]));
    expect(states).toEqual({
      'app/made/big': 'new',
      'app/made/deps.lock': 'kept',
      'app/made/other': 'new',
      'app/made/secrets': 'refused',
    });
    expect(pulled.exitCode).toBe(1);
    expect(await local('app/made/deps.lock')).toBe('mine\n');
    expect((await pull('--force')).exitCode).toBe(0);
    expect(await local('app/made/deps.lock')).toBe('two\n');
  });

  it('never deletes what the container does not have', async () => {
    await inPod('rm -r made');
    expect((await pull('app/**')).exitCode).toBe(0);
    expect(await local('app/made/deps.lock')).toBe('two\n');
  });
});
