import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { endSession } from '../../src/cli/end-session.ts';
import { takeDown } from '../../src/cli/take-down.ts';
import { managedLabels } from '../../src/core/managed-labels.ts';
import type { Cluster, KubernetesObject } from '../../src/core/ports/cluster.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { dialDaemon } from '../../src/daemon/call-daemon.ts';
import { daemonProtocol, type Greeting } from '../../src/daemon/messages.ts';
import { serveDaemon } from '../../src/daemon/serve-daemon.ts';
import { socketPath } from '../../src/daemon/socket-path.ts';
import { temporaryDir } from '../temporary-dir.ts';

let dir: Awaited<ReturnType<typeof temporaryDir>>;
const reporter = silentReporter;
const greeting: Greeting = {
  kdev: daemonProtocol,
  version: '0',
  pid: 1,
  since: '2026-01-01T00:00:00.000Z',
  root: '/shop',
  environment: 'local',
  services: [],
};

beforeEach(async () => {
  dir = await temporaryDir('kdev-errors-');
});
afterEach(() => {
  vi.restoreAllMocks();
  return dir.remove();
});

/** Every look at the clock is a minute later than the one before. */
function hurry(): void {
  let now = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => (now += 60_000));
}

it('a socket where no folder can be', async () => {
  const file = path.join(dir.path, 'file');
  await writeFile(file, '');
  const options = { path: path.join(file, 'kdev.sock'), greeting, handlers: {} };
  await expect(serveDaemon(options)).rejects.toMatchObject({ code: 'socket-failed', fault: 'environment' });
});

it('a daemon that takes the connection and says nothing', async () => {
  const socket = path.join(dir.path, 'kdev.sock');
  const server = createServer(() => undefined);
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  try {
    await expect(dialDaemon(socket)).rejects.toMatchObject({ code: 'daemon-stuck' });
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});

it('a session that was asked to end and goes on', async () => {
  const env = { XDG_RUNTIME_DIR: dir.path, KDEV_STATE_DIR: dir.path };
  const environment = { name: 'local', namespace: 'shop', target: { type: 'default' } } as const;
  const place = { root: '/shop', environment: 'local', env, stateDir: dir.path, tmpDir: dir.path };
  const daemon = await serveDaemon({
    path: socketPath({ ...place, uid: process.getuid?.() ?? 0 }),
    greeting,
    handlers: { stop: () => Promise.resolve() },
  });
  const { stdin, stdout, stderr } = process;
  const surroundings = { cwd: '/', env, stdin, stdout, stderr };
  const { signal } = new AbortController();
  try {
    hurry();
    const ending = endSession({ surroundings, reporter, signal, project: { root: '/shop' }, environment });
    await expect(ending).rejects.toMatchObject({ code: 'session-stuck', cure: 'End it: kill 1' });
  } finally {
    await daemon.close();
  }
});

it('an object that a finalizer keeps', async () => {
  const kept: KubernetesObject = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'kept', namespace: 'shop', labels: managedLabels('shop') },
  };
  const cluster: Partial<Cluster> = {
    list: async ({ kind }) => (kind === 'Secret' ? [kept] : []),
    get: async ({ kind }) => (kind === 'Secret' ? kept : undefined),
    delete: async () => undefined,
  };
  hurry();
  const { signal } = new AbortController();
  const kinds = [{ apiVersion: 'v1', kind: 'Secret' }];
  const options = {
    cluster: cluster as Cluster,
    project: 'shop',
    namespace: 'shop',
    kinds,
    reporter,
    signal,
  };
  await expect(takeDown(options)).rejects.toMatchObject({
    code: 'not-gone',
    what: expect.stringContaining('Secret/kept') as string,
  });
});
