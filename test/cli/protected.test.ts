import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { answerJson, type FakeApiServer, startFakeApiServer } from '../fakes/api-server.ts';
import { type Ended, makePlace, type Place, runKdev, smallProject } from './kdev-command.ts';

const places: Place[] = [];
const servers: FakeApiServer[] = [];

afterEach(async () => {
  for (const place of places.splice(0)) place.remove();
  for (const server of servers.splice(0)) await server.close();
});

const config = `import { defineConfig } from 'kdev';
export default defineConfig({
  name: 'shop',
  environments: {
    local: { manifests: 'k8s', namespace: 'shop', context: 'harmless' },
    production: { manifests: 'k8s', namespace: 'shop', context: 'live', protected: true },
  },
  services: { web: { sync: { src: '/app' } } },
});
`;

interface Asked {
  readonly server: FakeApiServer;
  readonly methods: string[];
}

/** An API server that says who it is, has nothing in it, and takes nothing. */
async function startServer(uid: string | undefined): Promise<Asked> {
  const methods: string[] = [];
  const resources = [{ name: 'namespaces', kind: 'Namespace', namespaced: false }];
  const server = await startFakeApiServer({
    answer: (request, response) => {
      methods.push(request.method ?? '');
      const { pathname } = new URL(request.url ?? '', 'http://server');
      if (pathname === '/version') return answerJson(response, 200, { gitVersion: 'v1.34.4' });
      if (pathname === '/api/v1') return answerJson(response, 200, { kind: 'APIResourceList', resources });
      if (pathname === '/api/v1/namespaces/kube-system' && uid !== undefined)
        return answerJson(response, 200, { kind: 'Namespace', metadata: { name: 'kube-system', uid } });
      answerJson(response, 403, {
        kind: 'Status',
        status: 'Failure',
        reason: 'Forbidden',
        message: 'no',
        code: 403,
      });
    },
  });
  servers.push(server);
  return { server, methods };
}

interface Entry {
  readonly server: string;
  readonly authority?: string;
}

function placeWith(contexts: Readonly<Record<string, Entry>>): Place {
  const place = makePlace({ ...smallProject, 'dev.config.ts': config });
  places.push(place);
  const names = Object.keys(contexts);
  const clusters = Object.entries(contexts).map(([name, { server, authority }]) => ({
    name,
    cluster: {
      server,
      ...(authority && { 'certificate-authority-data': Buffer.from(authority).toString('base64') }),
    },
  }));
  const text = JSON.stringify({
    clusters,
    users: [{ name: 'me', user: { token: 'x' } }],
    contexts: names.map((name) => ({ name, context: { cluster: name, user: 'me' } })),
    'current-context': names[0],
  });
  writeFileSync(String(place.env['KUBECONFIG']), text);
  return place;
}

const isGuarded = ({ code, stderr }: Ended): boolean =>
  code === 2 && stderr.includes('environment-protected');
const byAnotherName = (url: string): string => url.replace('127.0.0.1', 'localhost');

describe('S1: a protected environment is known by its cluster and namespace, whatever the context is called', () => {
  it.each(['up', 'down', 'watch'])('kdev %s writes nothing where the server is the same', async (command) => {
    const { server, methods } = await startServer(undefined);
    const place = placeWith({ harmless: { server: server.url }, live: { server: server.url } });
    const ended = await runKdev(place, command);
    expect(ended).toSatisfy(isGuarded);
    expect(ended.stderr).toContain('production');
    expect(methods.filter((method) => method !== 'GET')).toEqual([]);
  });

  it('by what the cluster says of itself where the addresses differ', async () => {
    const { server, methods } = await startServer('one-cluster');
    const place = placeWith({
      harmless: { server: byAnotherName(server.url) },
      live: { server: server.url },
    });
    expect(await runKdev(place, 'up')).toSatisfy(isGuarded);
    expect(methods.filter((method) => method !== 'GET')).toEqual([]);
  });

  it('by its authority where it says nothing', async () => {
    const { server } = await startServer(undefined);
    const place = placeWith({
      harmless: { server: server.url, authority: 'ours' },
      live: { server: 'http://127.0.0.1:1', authority: 'ours' },
    });
    expect(await runKdev(place, 'up')).toSatisfy(isGuarded);
  });

  it('another cluster, also under one authority, another namespace, and the explicit flag are let through', async () => {
    const here = await startServer('here');
    const there = await startServer('there');
    const two = placeWith({
      harmless: { server: here.server.url, authority: 'ours' },
      live: { server: there.server.url, authority: 'ours' },
    });
    const one = placeWith({ harmless: { server: here.server.url }, live: { server: here.server.url } });
    for (const ended of [
      await runKdev(two, 'down'),
      await runKdev(one, 'down', '--namespace', 'mine'),
      await runKdev(one, 'down', '--allow-protected'),
    ]) {
      expect(ended.stderr).not.toContain('environment-protected');
      expect(ended.stderr).toContain('refused to list');
    }
  });
});
