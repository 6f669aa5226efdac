import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import type { RegistryProvider } from '../../src/core/ports/registry.ts';
import { createCredentials } from '../../src/credentials/create-credentials.ts';
import { readPullSecrets } from '../../src/credentials/pull-secrets.ts';
import { imageNames } from '../../src/images/image-names.ts';
import { createRegistry } from '../../src/registry/create-registry.ts';
import { freshNamespace, testCluster, testPod, until } from '../kubernetes/test-cluster.ts';
import { type BuildPlace, makeBuildPlace } from './build-place.ts';

/** Stands before the box's registries and asks for a password, as registries of companies do. */
const guard = `
import base64, http.client, http.server, os
right = 'Basic ' + base64.b64encode(os.environ['LOGIN'].encode()).decode()
class Guard(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def handle_one(self):
        size = int(self.headers.get('Content-Length') or 0)
        if 'chunked' in self.headers.get('Transfer-Encoding', ''):
            body = b''
            while (length := int(self.rfile.readline(), 16)) > 0:
                body += self.rfile.read(length); self.rfile.readline()
            self.rfile.readline()
        else:
            body = self.rfile.read(size)
        if self.headers.get('Authorization') != right:
            self.send_response(401)
            self.send_header('WWW-Authenticate', 'Basic realm="guard"')
            self.send_header('Content-Length', '0')
            return self.end_headers()
        upstream = os.environ['MIRROR' if '/v2/library/' in self.path else 'REGISTRY']
        headers = {k: v for k, v in self.headers.items() if k.lower() not in ('authorization', 'transfer-encoding', 'content-length')}
        there = http.client.HTTPConnection(upstream)
        there.request(self.command, self.path, body or None, headers)
        answer = there.getresponse()
        content = answer.read()
        self.send_response(answer.status)
        for key, value in answer.getheaders():
            if key.lower() not in ('transfer-encoding', 'connection', 'content-length'): self.send_header(key, value)
        self.send_header('Content-Length', answer.getheader('Content-Length') if self.command == 'HEAD' else str(len(content)))
        self.end_headers()
        if self.command != 'HEAD': self.wfile.write(content)
    do_GET = do_HEAD = do_PUT = do_POST = do_PATCH = handle_one
http.server.ThreadingHTTPServer(('', PORT), Guard).serve_forever()
`;
const port = 15_000;
const password = `pass-${process.pid}-${Date.now()}`;
const quiet = { reporter: { step: () => undefined, detail: () => undefined } };

let cluster: Cluster;
let own: string;
let host: string;
let place: BuildPlace;

beforeAll(async () => {
  cluster = await testCluster();
  own = await freshNamespace(cluster);
  const boxes = createRegistry({
    cluster,
    image: imageNames.registry,
    namespace: 'kdev-builder',
    env: {},
    app: { namespace: own, project: 'private' },
  });
  const { mirrors, registry } = await boxes.open(quiet);
  host = `${registry.fromPods.replace(/:\d+$/, '')}:${port}`;
  const env = Object.entries({ LOGIN: `ann:${password}`, MIRROR: mirrors[0], REGISTRY: registry.fromPods });
  const container = {
    command: ['python3', '-c', guard.replace('PORT', String(port))],
    env: env.map(([name, value]) => ({ name, value })),
    readinessProbe: { tcpSocket: { port }, periodSeconds: 1 },
  };
  await cluster.create(testPod(own, 'guard', container, { hostNetwork: true }));
  const guarded: RegistryProvider = {
    open: async (options) => {
      const open = await boxes.open(options);
      return {
        ...open,
        registry: { ...open.registry, fromPods: host },
        credentials: credentials(),
        // The nodes of a box pull from its own registries only.
        proveNodesPull: async () => undefined,
      };
    },
    providePullSecret: async () => undefined,
  };
  place = await makeBuildPlace('private', { registry: guarded });
  await until(async () => (await fetch(`http://${host}/v2/`).catch(() => undefined))?.status);
});
afterAll(() => place.remove());

const credentials = () =>
  createCredentials({
    env: { PATH: `${place.root}/.bin:${process.env['PATH']}` },
    home: path.join(place.root, '.home'),
    pullSecrets: () => readPullSecrets({ cluster, namespace: own }),
  });

async function configure(config: object): Promise<void> {
  await mkdir(path.join(place.root, '.home/.docker'), { recursive: true });
  await writeFile(path.join(place.root, '.home/.docker/config.json'), JSON.stringify(config));
  await place.write('.dockerignore', '.*\n');
}

const login = (word: string) => ({ [host]: { auth: Buffer.from(`ann:${word}`).toString('base64') } });
let number = 0;
/** A Dockerfile that was never built. */
const dockerfile = (from: string) => place.write('Dockerfile', `FROM ${from}\nENV NUMBER=${number++}\n`);

it('pushes with the login of docker’s configuration, which is in no file and no argument of the pod', async () => {
  await configure({ auths: login(password) });
  await dockerfile('python:3.11-slim');
  const { image } = await place.build();
  expect(image).toMatchObject({
    built: true,
    config: { env: expect.arrayContaining([`NUMBER=${number - 1}`]) },
  });
  const dirs = ['/tmp', '/run', '/home', '/etc', '/var/lib/kdev-builder'];
  for (const word of [password, Buffer.from(`ann:${password}`).toString('base64')])
    expect(await place.filesWith(word, dirs)).toEqual([]);
});

it('says so when the registry refuses the password at a push', async () => {
  await configure({ auths: login('wrong') });
  await dockerfile('python:3.11-slim');
  await expect(place.build()).rejects.toMatchObject({
    code: expect.stringMatching(/^registry-/),
    why: expect.stringMatching(/401|authoriz/i),
  });
});

it('takes a private base image with the login of a credential helper', async () => {
  await place.write(
    '.bin/docker-credential-mine',
    `#!/bin/sh\ncat > ${place.root}/.asked\necho '{"Username":"ann","Secret":"${password}"}'\n`,
  );
  await chmod(path.join(place.root, '.bin/docker-credential-mine'), 0o755);
  await configure({ credHelpers: { [host]: 'mine' } });
  await dockerfile(`${host}/library/python:3.11-slim`);
  expect((await place.build()).image.built).toBe(true);
  expect((await readFile(path.join(place.root, '.asked'), 'utf8')).trim()).toBe(host);
});

it('takes a private base image with the pull secret of the app’s namespace', async () => {
  await configure({});
  const data = {
    '.dockerconfigjson': Buffer.from(JSON.stringify({ auths: login(password) })).toString('base64'),
  };
  const metadata = { name: 'pulls', namespace: own };
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata,
    type: 'kubernetes.io/dockerconfigjson',
    data,
  });
  await dockerfile(`${host}/library/python:3.11-slim`);
  expect((await place.build()).image.built).toBe(true);
});

it('says so when the registry refuses a private base image', async () => {
  await configure({ auths: login('wrong') });
  await dockerfile(`${host}/library/debian:bookworm-slim`);
  await expect(place.build()).rejects.toMatchObject({
    code: 'registry-login-refused',
    fault: 'user',
    where: 'Dockerfile:1',
  });
});

it('says so when a credential helper fails', async () => {
  await place.write('.bin/docker-credential-mine', '#!/bin/sh\necho the key ring is locked >&2\nexit 1\n');
  await configure({ credsStore: 'mine' });
  await dockerfile('python:3.11-slim');
  await expect(place.build()).rejects.toMatchObject({
    code: 'registry-credentials-failed',
    why: 'the key ring is locked',
  });
});
