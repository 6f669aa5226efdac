import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { RestarterLink } from '../../sidecar/restarters/restarter-link.ts';
import { streamBuild } from '../../src/build/build-stream.ts';
import { refuseSharedContainers } from '../../src/compose/targets.ts';
import { beginTerm } from '../../src/compose/workload-keys.ts';
import { systemClock } from '../../src/core/clock.ts';
import type { Cluster, KubernetesObject } from '../../src/core/ports/cluster.ts';
import type { Service } from '../../src/core/service.ts';
import { inject } from '../../src/inject/inject.ts';
import { temporaryDir } from '../temporary-dir.ts';

const service: Service = {
  name: 'adder',
  workload: { kind: 'Deployment', name: 'adder' },
  mappings: [],
  restart: [],
  rebuild: [],
  ports: [],
  graceMs: 5000,
  gateWaitMs: 10_000,
  onCrash: 'hold',
  dependsOn: [],
  storage: 'auto',
  tests: [],
};
const object: KubernetesObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'adder', namespace: 'shop' },
  spec: {
    selector: { matchLabels: { app: 'adder' } },
    template: {
      metadata: { labels: { app: 'adder' } },
      spec: { hostNetwork: true, containers: [{ name: 'web', image: 'adder', command: ['/serve'] }] },
    },
  },
};

describe('a workload', () => {
  it('one of whose containers is two services', () => {
    const target = { service, object, container: 'web' };
    expect(() =>
      refuseSharedContainers([target, { ...target, service: { ...service, name: 'twin' } }]),
    ).toThrow(expect.objectContaining({ code: 'container-shared' }));
  });

  it('on the node’s own network', () => {
    const { problems } = inject({
      object,
      targets: [{ service, container: 'web' }],
      images: { sidecar: 'kdev/sidecar', restarter: 'kdev/restarter' },
      imageConfigs: {},
      secretName: 'kdev-deployment-adder',
    });
    expect(problems.map(({ code }) => code)).toContain('host-network');
  });

  it('whose Secret somebody deleted', async () => {
    const cluster: Partial<Cluster> = { get: async () => undefined };
    const { workload } = service;
    await expect(
      beginTerm({ cluster: cluster as Cluster, namespace: 'shop', workload }),
    ).rejects.toMatchObject({ code: 'workload-secret-missing' });
  });
});

describe('a builder', () => {
  /** One that answers a request with this. */
  const answering = (message: object): Cluster => {
    const cluster: Partial<Cluster> = {
      exec: async ({ stdout }) => {
        await new Promise((resolve) => stdout.write(`${JSON.stringify(message)}\n`, resolve));
        return { exitCode: 1 };
      },
    };
    return cluster as Cluster;
  };
  const build = (message: object) =>
    streamBuild({
      cluster: answering(message),
      namespace: 'kdev-builder',
      pod: 'kdev-builder-0',
      source: 'kdev/shop-web',
      context: { root: '/', entries: [], digest: '', dockerfile: { path: 'Dockerfile', text: '' } } as never,
      args: [],
      onStatus: () => undefined,
      onLine: () => undefined,
    });

  it('of another version', async () => {
    const refused = { code: 'protocol', message: 'I speak 2' };
    await expect(build({ refused })).rejects.toMatchObject({ code: 'builder-failed', why: 'I speak 2' });
  });

  it('that gets another file than was announced', async () => {
    const refused = { code: 'changed', message: '', path: 'src/a.py' };
    await expect(build({ refused })).rejects.toMatchObject({ code: 'context-changed', where: 'src/a.py' });
  });
});

it('a restarter whose container ends during a restart', async () => {
  const dir = await temporaryDir('kdev-errors-');
  const file = path.join(dir.path, 'agent.sock');
  const server = createServer().listen(file);
  await once(server, 'listening');
  const container = connect(file);
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => undefined);
  const link = new RestarterLink(socket, {} as never, systemClock);
  const answer = link.request({ type: 'restart', graceMs: 1_000 }, 60_000);
  container.destroy();
  expect(await answer).toMatchObject({ ok: false, code: 'restarter-gone' });
  server.close();
  await dir.remove();
});
