import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRegistryRequest } from '../registry/registry-request.ts';
import { createLayerCache, type LayerCache } from './layer-cache.ts';

const digestOf = (bytes: string | Buffer) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** As much of a registry as it takes to push and pull: blobs by digest, manifests by tag. */
class FakeRegistry {
  readonly blobs = new Map<string, Buffer>();
  readonly manifests = new Map<string, { readonly type: string; readonly text: string }>();
  readonly requests: string[] = [];
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  putImage(layers: readonly string[]): void {
    const descriptors = layers.map((layer) => ({ digest: digestOf(layer) }));
    for (const layer of layers) this.blobs.set(digestOf(layer), Buffer.from(layer));
    const config = JSON.stringify(layers);
    this.blobs.set(digestOf(config), Buffer.from(config));
    const text = JSON.stringify({ config: { digest: digestOf(config) }, layers: descriptors });
    this.manifests.set('layers', { type: 'application/vnd.oci.image.manifest.v1+json', text });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'http://registry');
    this.requests.push(`${request.method} ${url.pathname}`);
    const name = url.pathname.split('/').at(-1) ?? '';
    const body = await buffer(request);
    if (url.pathname.includes('/manifests/')) {
      if (request.method === 'PUT') {
        this.manifests.set(name, { type: request.headers['content-type'] ?? '', text: body.toString() });
        response.writeHead(201).end();
        return;
      }
      const found = this.manifests.get(name);
      response.writeHead(found ? 200 : 404, { 'content-type': found?.type ?? '' }).end(found?.text);
    } else if (request.method === 'POST') {
      response.writeHead(202, { location: '/v2/kdev/a/blobs/uploads/1?state=x' }).end();
    } else if (request.method === 'PUT') {
      const digest = url.searchParams.get('digest') ?? '';
      const right = digestOf(body) === digest && url.searchParams.get('state') === 'x';
      if (right) this.blobs.set(digest, body);
      response.writeHead(right ? 201 : 400).end();
    } else {
      const found = this.blobs.get(name);
      response.writeHead(found ? 200 : 404).end(found);
    }
  }
}

let dir: string;
const started: FakeRegistry[] = [];

async function newRegistry(): Promise<{ readonly registry: FakeRegistry; readonly cache: LayerCache }> {
  const registry = new FakeRegistry();
  started.push(registry);
  const host = await registry.start();
  const request = createRegistryRequest({ fromHere: host, fromNodes: host, fromPods: host, plainHttp: true });
  return { registry, cache: createLayerCache(request, dir) };
}

beforeEach(async () => {
  dir = await mkdtemp(path.join(tmpdir(), 'kdev-layers-'));
});
afterEach(async () => {
  for (const registry of started.splice(0)) registry.stop();
  await rm(dir, { recursive: true, force: true });
});

describe('the layer cache', () => {
  it('gives a new registry the image that an earlier one had', async () => {
    const old = await newRegistry();
    old.registry.putImage(['one', 'two']);
    await old.cache.save('kdev/a');
    const fresh = await newRegistry();
    await fresh.cache.restore('kdev/a');
    expect(fresh.registry.manifests).toEqual(old.registry.manifests);
    expect(new Set(fresh.registry.blobs.keys())).toEqual(new Set(old.registry.blobs.keys()));
  });

  it('leaves a registry alone that has an image already', async () => {
    const old = await newRegistry();
    old.registry.putImage(['one']);
    await old.cache.save('kdev/a');
    const other = await newRegistry();
    other.registry.putImage(['two']);
    await other.cache.restore('kdev/a');
    expect(other.registry.requests).toEqual(['HEAD /v2/kdev/a/manifests/layers']);
  });

  it('does nothing where nothing is saved', async () => {
    const { cache, registry } = await newRegistry();
    await cache.restore('kdev/a');
    expect(registry.manifests.size).toBe(0);
  });

  it('fetches only layers that are new and drops those that are gone', async () => {
    const { cache, registry } = await newRegistry();
    registry.putImage(['one', 'two']);
    await cache.save('kdev/a');
    registry.putImage(['one', 'three']);
    registry.requests.length = 0;
    await cache.save('kdev/a');
    expect(registry.requests).not.toContain(`GET /v2/kdev/a/blobs/${digestOf('one')}`);
    const names = await readdir(path.join(dir, 'kdev_a'));
    expect(names).toContain(digestOf('three').replace(':', '-'));
    expect(names).not.toContain(digestOf('two').replace(':', '-'));
  });

  it('never makes a damaged file a layer', async () => {
    const old = await newRegistry();
    old.registry.putImage(['one']);
    await old.cache.save('kdev/a');
    await writeFile(path.join(dir, 'kdev_a', digestOf('one').replace(':', '-')), 'damaged');
    const fresh = await newRegistry();
    await expect(fresh.cache.restore('kdev/a')).rejects.toMatchObject({ code: 'registry-refused' });
    expect(fresh.registry.manifests.size).toBe(0);
  });

  it('forgets what was not built for a month', async () => {
    const { cache, registry } = await newRegistry();
    registry.putImage(['one']);
    await cache.save('kdev/a');
    await utimes(path.join(dir, 'kdev_a', 'image.json'), 1, 1);
    await cache.save('kdev/b');
    await expect(readFile(path.join(dir, 'kdev_a', 'image.json'))).rejects.toThrow('ENOENT');
  });
});
