import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Registry } from '../core/ports/registry.ts';
import type { RegistryLogin } from '../core/ports/registry-credentials.ts';
import { createRegistryRequest } from './registry-request.ts';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let handler: Handler;
let registry: Registry;
let origin: string;
const seen: string[] = [];

beforeEach(async () => {
  seen.length = 0;
  server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'}`);
    handler(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  origin = `http://${host}`;
  registry = { fromHere: host, fromNodes: host, fromPods: host, plainHttp: true };
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

function as(login: RegistryLogin | undefined) {
  return { credentials: { find: async () => login } };
}

const somebody = { username: 'me', password: 'secret' };
const basic = `Basic ${Buffer.from('me:secret').toString('base64')}`;

/** Wants a token of its own server for every request. */
function bearerServer(request: IncomingMessage, response: ServerResponse): void {
  if (request.url?.startsWith('/token') === true) {
    response.end(JSON.stringify({ token: `for ${request.url}`, expires_in: 300 }));
  } else if (request.headers.authorization?.startsWith('Bearer for') === true) response.end('{}');
  else {
    const scope = 'repository:team/app:pull,push';
    const challenge = `Bearer realm="${origin}/token",service="reg",scope="${scope}"`;
    response.writeHead(401, { 'www-authenticate': challenge }).end();
  }
}

describe('a request to a registry that wants a password', () => {
  it('gives it when asked, and at once from then on', async () => {
    handler = (request, response) => {
      if (request.headers.authorization === basic) response.end('{}');
      else response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
    };
    const request = createRegistryRequest(registry, as(somebody));
    expect((await request('GET', 'a/tags/list')).status).toBe(200);
    expect((await request('GET', 'b/tags/list')).status).toBe(200);
    expect(seen).toEqual([
      'GET /v2/a/tags/list -',
      `GET /v2/a/tags/list ${basic}`,
      `GET /v2/b/tags/list ${basic}`,
    ]);
  });

  it('says the password’s refusal as the registry does', async () => {
    handler = (_, response) => response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end('{}');
    expect((await createRegistryRequest(registry, as(somebody))('GET', '')).status).toBe(401);
    expect((await createRegistryRequest(registry)('GET', '')).status).toBe(401);
  });

  it('fetches a token for the repository, once', async () => {
    handler = bearerServer;
    const request = createRegistryRequest(registry, as(somebody));
    expect((await request('GET', 'team/app/tags/list')).status).toBe(200);
    expect((await request('HEAD', 'team/app/manifests/one')).status).toBe(200);
    const token = '/token?service=reg&scope=repository%3Ateam%2Fapp%3Apull%2Cpush';
    expect(seen).toEqual([
      'GET /v2/team/app/tags/list -',
      `GET ${token} ${basic}`,
      `GET /v2/team/app/tags/list Bearer for ${token}`,
      `HEAD /v2/team/app/manifests/one Bearer for ${token}`,
    ]);
  });

  it('trades an identity token in', async () => {
    const forms: string[] = [];
    handler = (request, response) => {
      if (request.method !== 'POST') return bearerServer(request, response);
      let text = '';
      request.on('data', (part) => {
        text += part;
      });
      request.on('end', () => {
        forms.push(text);
        response.end(JSON.stringify({ access_token: 'for it' }));
      });
    };
    const request = createRegistryRequest(registry, as({ identityToken: 'refresh' }));
    expect((await request('GET', 'team/app/tags/list')).status).toBe(200);
    expect(Object.fromEntries(new URLSearchParams(forms[0]))).toMatchObject({
      grant_type: 'refresh_token',
      refresh_token: 'refresh',
      service: 'reg',
      scope: 'repository:team/app:pull,push',
    });
  });
});

describe('a request to a registry', () => {
  it('follows it to where it keeps its blobs, and takes no password there', async () => {
    const elsewhere = createServer((request, response) => {
      seen.push(`elsewhere ${request.url} ${request.headers.authorization ?? '-'}`);
      response.end('content');
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const { port } = elsewhere.address() as AddressInfo;
    handler = (request, response) => {
      if (request.headers.authorization === basic)
        response.writeHead(307, { location: `http://127.0.0.1:${port}/blob` }).end();
      else response.writeHead(401, { 'www-authenticate': 'Basic' }).end();
    };
    const answer = await createRegistryRequest(registry, as(somebody))('GET', 'a/blobs/sha256:1');
    expect(await answer.text()).toBe('content');
    expect(seen.at(-1)).toBe('elsewhere /blob -');
    await new Promise((resolve) => elsewhere.close(resolve));
  });

  it('sends binary content as it is', async () => {
    const content = Buffer.from([0, 255, 128, 10, 13]);
    const got: Buffer[] = [];
    handler = (request, response) => {
      request.on('data', (part: Buffer) => got.push(part));
      request.on('end', () => response.writeHead(201).end());
    };
    await createRegistryRequest(registry)('PUT', 'a/blobs/uploads/1', { body: content });
    expect(Buffer.concat(got)).toEqual(content);
  });

  it('goes another way than by TCP where there is one', async () => {
    handler = (request, response) => response.end(request.headers.host);
    const { port } = server.address() as AddressInfo;
    let opened = 0;
    const request = createRegistryRequest(
      { ...registry, fromHere: 'kdev-registry.kdev-builder' },
      {
        connect: async () => {
          opened++;
          return connect(port, '127.0.0.1');
        },
      },
    );
    expect(await (await request('GET', 'a/tags/list')).text()).toBe('kdev-registry.kdev-builder');
    expect(await (await request('GET', 'b/tags/list')).text()).toBe('kdev-registry.kdev-builder');
    expect(opened).toBe(1);
  });

  it('knows that *.localhost is this machine', async () => {
    handler = (request, response) => response.end(request.headers.host);
    const { port } = server.address() as AddressInfo;
    const request = createRegistryRequest({ ...registry, fromHere: `k3d-registry.localhost:${port}` });
    expect(await (await request('GET', 'a/tags/list')).text()).toBe(`k3d-registry.localhost:${port}`);
  });

  it('asks once more when the connection went', async () => {
    let asked = 0;
    handler = (request, response) => {
      asked++;
      if (asked < 3) request.socket.destroy();
      else response.end('there');
    };
    expect(await (await createRegistryRequest(registry)('GET', 'a/tags/list')).text()).toBe('there');
    expect(asked).toBe(3);
  });

  it('gives up on one that is too slow', async () => {
    handler = () => undefined;
    const request = createRegistryRequest(registry)('GET', 'a/tags/list', { answerMs: 50 });
    await expect(request).rejects.toMatchObject({ code: 'registry-unreachable', why: 'it took too long' });
    server.closeAllConnections();
  });
});
