import { afterAll, beforeAll, expect, it } from 'vitest';
import { pauseImage } from '../../src/box/box-programs.ts';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { testCluster } from '../cluster/cluster.ts';
import { runKdev } from '../cluster/kdev.ts';
import { testDeployment, until } from '../kubernetes/test-cluster.ts';
import { deploysWithinMs, makeTerminalProject, type TerminalProject } from './terminal-project.ts';

let cluster: Cluster;
let project: TerminalProject;

const config = `import { defineConfig } from 'kdev';
export default defineConfig({
  name: 'shells',
  manifests: 'k8s.yaml',
  services: { web: { sync: { app: '/srv/app' }, gateWaitMs: 2_000 }, bare: { sync: { app: '/srv/app' } } },
});
`;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeTerminalProject('shells', { 'dev.config.ts': config });
  const up = await project.open(['up', 'web']);
  await project.expectGivenBack(up, 0, deploysWithinMs);
});
afterAll(() => project?.remove());

it('a shell on a terminal has its size, also a new one, job control and colours, and gives it back', async () => {
  const terminal = await project.open(['shell', 'web']);
  await terminal.shows(/[#$] $/);
  terminal.press('stty size; echo "is $((6*7)) $TERM" $0\r');
  await terminal.shows(/is 42 xterm-256color (?:bash|\/\S*bash)/);
  await terminal.shows('30 100');
  terminal.resize(70, 20);
  // Its own words tell that it is in the foreground: before that, Ctrl-C would be the shell's.
  terminal.press(`sh -c 'echo "begun $((7*7))"; exec sleep 1000'\r`);
  await terminal.shows('begun 49');
  terminal.press('\x03');
  // The new size goes another way than what is typed.
  terminal.press(`until stty size | grep '^20 7[0]'; do sleep 0.1; done\r`);
  await terminal.shows('20 70');
  terminal.press('exit 7\r');
  await project.expectGivenBack(terminal, 7);
});

it('commands from a pipe are run, and their last exit code is its own', async () => {
  const { spawn } = await import('node:child_process');
  const { exitCode, stdout } = await new Promise<{ exitCode: number | null; stdout: string }>((resolve) => {
    const child = spawn(
      process.execPath,
      ['bin/kdev', 'shell', 'web', '--config', `${project.dir}/dev.config.ts`, ...project.flags],
      {
        env: { ...process.env, KUBECONFIG: process.env['KDEV_TEST_KUBECONFIG'] },
      },
    );
    let stdout = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.on('close', (exitCode) => resolve({ exitCode, stdout }));
    child.stdin.end('cd /srv/app\nls server.py\nexit 5\n');
  });
  expect([exitCode, stdout]).toEqual([5, 'server.py\n']);
});

it('an image without a shell is told, with what can be done', async () => {
  const { namespace } = project;
  const bare = { name: 'bare', image: pauseImage };
  await cluster.apply(testDeployment(namespace, 'bare', bare));
  await until(async () => {
    const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector: 'app=bare' });
    return pods.some((pod) => (pod['status'] as { phase?: string }).phase === 'Running') || undefined;
  });
  const { exitCode, stderr } = await runKdev(['shell', 'bare', ...project.flags], { cwd: project.dir });
  expect([exitCode, stderr.replaceAll(/\s+/g, ' ')]).toEqual([2, expect.stringContaining('has no shell')]);
  expect(stderr).toContain('shell-none');
  expect(stderr).toContain('kdev exec bare -- PROGRAM');
});
