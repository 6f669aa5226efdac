import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Registry } from '../core/ports/registry.ts';
import { createRegistryClient } from './registry-client.ts';
import { createRegistryRequest } from './registry-request.ts';

type Answer = {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
};

let answers: Record<string, Answer>;
let server: Server;
let registry: Registry;

beforeEach(async () => {
  answers = {};
  server = createServer((request, response) => {
    const {
      body,
      headers = {},
      status = 200,
    } = answers[`${request.method} ${request.url}`] ?? { status: 404 };
    response.writeHead(status, headers).end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  registry = { fromHere: host, fromNodes: host, fromPods: host, plainHttp: true };
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

describe('the registry client', () => {
  it('resolves a tag to its digest', async () => {
    answers['HEAD /v2/kdev/a/manifests/one'] = { headers: { 'docker-content-digest': 'sha256:1' } };
    const client = createRegistryClient(createRegistryRequest(registry));
    expect(await client.resolve('kdev/a', 'one')).toBe('sha256:1');
    expect(await client.resolve('kdev/a', 'two')).toBeUndefined();
  });

  it('reads how an image runs, through an index too', async () => {
    answers['GET /v2/kdev/a/manifests/sha256:0'] = {
      body: {
        manifests: [
          { digest: 'sha256:attestation', platform: { os: 'unknown', architecture: 'unknown' } },
          { digest: 'sha256:1', platform: { os: 'linux', architecture: 'amd64' } },
        ],
      },
    };
    answers['GET /v2/kdev/a/manifests/sha256:1'] = { body: { config: { digest: 'sha256:2' } } };
    answers['GET /v2/kdev/a/blobs/sha256:2'] = {
      body: { config: { Cmd: ['run'], Entrypoint: null, User: '1:2' } },
    };
    expect(
      await createRegistryClient(createRegistryRequest(registry)).readConfig('kdev/a', 'sha256:0'),
    ).toEqual({
      entrypoint: [],
      command: ['run'],
      user: '1:2',
      workingDir: '/',
      env: [],
    });
  });

  it('tells a registry that wants a password from one without the image', async () => {
    answers['HEAD /v2/kdev/a/manifests/one'] = { status: 401 };
    await expect(
      createRegistryClient(createRegistryRequest(registry)).resolve('kdev/a', 'one'),
    ).rejects.toMatchObject({
      code: 'registry-refused',
      what: expect.stringContaining('401'),
    });
  });

  it('names a registry that does not answer', async () => {
    // The server listens on 127.0.0.1 only.
    const silent = registry.fromHere.replace('127.0.0.1', '127.0.0.2');
    const client = createRegistryClient(createRegistryRequest({ ...registry, fromHere: silent }));
    await expect(client.resolve('kdev/a', 'one')).rejects.toMatchObject({
      code: 'registry-unreachable',
      what: expect.stringContaining(silent),
      why: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('ends with the signal’s own reason', async () => {
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await expect(
      createRegistryClient(createRegistryRequest(registry)).resolve('kdev/a', 'one', abort.signal),
    ).rejects.toThrow('enough');
  });
});
