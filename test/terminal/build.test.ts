import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { builderContainer, builderName } from '../../src/build/builder-objects.ts';
import { findOwner } from '../../src/build/builder-owner.ts';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { askPod, execIn, podsOf, testCluster } from '../cluster/cluster.ts';
import { type HoldingProxy, startHoldingProxy } from './holding-proxy.ts';
import { makeTerminalProject, type TerminalProject } from './terminal-project.ts';

const patiently = { timeout: 60_000, interval: 100 };
const ctrlC = '\x03';
const builderNamespace = 'kdev-builder';

/** A build step that never ends, found by an argument that no other process has. */
const endless = 86_400 + (process.pid % 10_000);

const files = {
  Dockerfile: `FROM python:3.11-slim
RUN sleep ${endless}
`,
  'dev.config.ts': `import { defineConfig } from 'kdev';
export default defineConfig({
  name: 'building',
  manifests: 'k8s.yaml',
  services: { web: { build: {}, sync: { app: '/srv/app' }, restart: ['app/*.py'], gateWaitMs: 2_000 } },
});
`,
};

let cluster: Cluster;
let project: TerminalProject;
let proxy: HoldingProxy;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeTerminalProject('building', files);
  await project.edit('k8s.yaml', 'image: python:3.11-slim', 'image: web');
  proxy = await startHoldingProxy(new URL(cluster.server));
});
afterEach(() => proxy.release());
afterAll(async () => {
  await project?.remove();
  await proxy?.close();
});

/** Command lines in the builder's pod that belong to the endless step or to a build as such. */
async function buildProcesses(): Promise<readonly string[]> {
  const [pod] = await podsOf(cluster, builderNamespace, builderName((await findOwner(cluster)).label));
  const script = 'for file in /proc/[0-9]*/cmdline; do tr "\\0" " " < "$file"; echo; done 2>/dev/null';
  const shown = await execIn(
    cluster,
    { namespace: builderNamespace, pod: pod?.name ?? '', container: builderContainer },
    ['sh', '-c', script],
  );
  return shown
    .split('\n')
    .filter(
      (line) => /^\S*(buildctl|kdev-build)\b.* build\b/.test(line) || line.startsWith(`sleep ${endless}`),
    );
}

it('Ctrl-C in a build gives the terminal back and ends the build in the builder, too', async () => {
  const terminal = await project.open(['watch', '--plain']);
  await terminal.shows(`RUN sleep ${endless}`);
  await vi.waitFor(async () => {
    const running = (await buildProcesses()).join('\n');
    expect(running).toContain(`sleep ${endless}`);
    expect(running).toMatch(/buildctl.* build/);
  }, patiently);
  terminal.press(ctrlC);
  await project.expectGivenBack(terminal, 130);
  await vi.waitFor(async () => expect(await buildProcesses()).toEqual([]), patiently);
});

it('a second Ctrl-C in a build does not wait for a builder that cannot be reached', async () => {
  const terminal = await project.open(['up'], { through: proxy.port });
  await terminal.shows(`RUN sleep ${endless}`);
  proxy.hold();
  terminal.press(ctrlC);
  await terminal.shows('ending; Ctrl-C again ends at once');
  terminal.press(ctrlC);
  await project.expectGivenBack(terminal, 130);
});

it('the next watch builds what can be built and is ready', async () => {
  await project.save('Dockerfile', 'FROM python:3.11-slim\nRUN true\n');
  const terminal = await project.open(['watch', '--plain']);
  await terminal.shows('ready: web');
  const [pod] = await podsOf(cluster, project.namespace, 'web');
  await vi.waitFor(
    async () =>
      expect(await askPod(cluster, { namespace: project.namespace, pod: pod?.name ?? '' })).toBe('one True'),
    patiently,
  );
  await vi.waitFor(async () => expect(await buildProcesses()).toEqual([]), patiently);
  terminal.press(ctrlC);
  await project.expectGivenBack(terminal, 130);
});
