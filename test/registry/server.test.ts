import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RegistryRequest } from '../../src/core/ports/registry.ts';
import { pushProbeImage } from '../../src/registry/probe-image.ts';
import { pushFailure } from '../../src/registry/push-failure.ts';
import { createRegistryClient } from '../../src/registry/registry-client.ts';
import { temporaryDir } from '../temporary-dir.ts';
import { passwords, type RegistryProcess, startRegistry } from './registry-process.ts';

const soon = { timeout: 20_000 };

let dir: Awaited<ReturnType<typeof temporaryDir>>;
let registry: RegistryProcess;
let request: RegistryRequest;

beforeAll(async () => {
  dir = await temporaryDir('kdev-own-registry-');
  const root = path.join(dir.path, 'images');
  await mkdir(root);
  registry = await startRegistry(dir.path, root);
  ({ request } = registry);
}, 600_000);
afterAll(async () => {
  await registry.stop();
  await dir.remove();
});

async function beginUpload(by: RegistryRequest): Promise<number> {
  return (await by('POST', 'kdev/a/blobs/uploads/')).status;
}

describe('the passwords of kdev’s own registry', () => {
  it('are asked for', async () => {
    for (const [user, password] of [
      ['push', 'wrong'],
      ['pull', passwords.push],
      ['', ''],
    ] as const) {
      expect((await registry.as(user, password)('GET', '')).status).toBe(401);
      expect((await registry.as(user, password)('GET', '/kdev/usage')).status).toBe(401);
    }
  });

  it('let one user push, and the other pull only', async () => {
    const pull = registry.as('pull', passwords.pull);
    const digest = await pushProbeImage(request, 'kdev/a');
    expect(await createRegistryClient(pull).resolve('kdev/a', digest)).toBe(digest);
    expect(await beginUpload(pull)).toBe(403);
    expect((await pull('DELETE', `kdev/a/manifests/${digest}`)).status).toBe(403);
    expect((await pull('GET', '/kdev/usage')).status).toBe(403);
  });
});

describe('the upkeep of kdev’s own registry', () => {
  it('tells what it holds, of how much, and since when', async () => {
    const before = Date.now();
    const digest = await pushProbeImage(request, 'kdev/b/c');
    const usage = await registry.upkeep.usage();
    expect(usage.blobs).toBeGreaterThan(500);
    expect(usage.capacity).toBeGreaterThan(usage.free);
    const at = (await registry.upkeep.pushedAt()).get(`kdev/b/c@${digest}`) ?? 0;
    // File systems stamp by a clock of a few milliseconds.
    expect(at).toBeGreaterThan(before - 50);
    expect(at).toBeLessThanOrEqual(Date.now());
  });

  it('takes no uploads while they are held, and deletes then', async () => {
    const digest = await pushProbeImage(request, 'kdev/held');
    await registry.upkeep.holdUploads(60_000);
    expect(await beginUpload(request)).toBe(503);
    expect((await request('GET', `kdev/held/manifests/${digest}`)).status).toBe(200);
    expect((await request('DELETE', `kdev/held/manifests/${digest}`)).status).toBe(202);
    await registry.upkeep.releaseUploads();
    expect(await beginUpload(request)).toBe(202);
  });

  it('ends a hold that nobody ends', async () => {
    await registry.upkeep.holdUploads(30);
    await expect.poll(() => beginUpload(request), soon).toBe(202);
  });

  it('waits for uploads on their way before they are held', async () => {
    const begun = await request('POST', 'kdev/slow/blobs/uploads/');
    const location = new URL(begun.headers.get('location') ?? '', request.base);
    const headers = { authorization: basicAuthorization, expect: '100-continue' };
    const upload = httpRequest(location, { method: 'PATCH', headers });
    const answered = once(upload, 'response') as Promise<[IncomingMessage]>;
    // The registry asks for the content once it is at work on it.
    upload.flushHeaders();
    await once(upload, 'continue');
    upload.write(randomBytes(100));
    let held = false;
    // Held when somebody else is refused; answered when the upload has ended.
    const hold = registry.upkeep.holdUploads(60_000).then(() => {
      held = true;
    });
    await expect.poll(() => beginUpload(request), soon).toBe(503);
    expect(held).toBe(false);
    upload.end();
    expect((await answered)[0].statusCode).toBe(202);
    await hold;
    await registry.upkeep.releaseUploads();
  });

  it('collects what no image names any more, only while uploads are held, and nothing else', async () => {
    await expect(registry.upkeep.collectBlobs()).rejects.toMatchObject({
      code: 'registry-refused',
      what: expect.stringContaining('409') as string,
    });
    const kept = await pushProbeImage(request, 'kdev/kept');
    const gone = await pushProbeImage(request, 'kdev/gone');
    await registry.upkeep.holdUploads(60_000);
    const index = (await (await request('GET', `kdev/gone/manifests/${gone}`)).json()) as {
      manifests: { digest: string }[];
    };
    for (const digest of [gone, ...index.manifests.map((each) => each.digest)]) {
      expect((await request('DELETE', `kdev/gone/manifests/${digest}`)).status).toBe(202);
    }
    const before = await registry.upkeep.usage();
    const collected = await registry.upkeep.collectBlobs();
    const after = await registry.upkeep.usage();
    await registry.upkeep.releaseUploads();
    expect(collected.blobs).toBeGreaterThanOrEqual(1 + 6 + 6 + 1);
    expect(before.blobs - after.blobs).toBe(collected.bytes);
    const client = createRegistryClient(request);
    expect(await client.resolve('kdev/gone', gone)).toBeUndefined();
    expect(await client.readConfig('kdev/kept', kept)).toMatchObject({ command: ['/kdev-pull-test'] });
    // What was collected can be pushed again.
    expect(await pushProbeImage(request, 'kdev/gone')).toMatch(/^sha256:/);
  });
});

describe('a full volume', () => {
  it('is told by the status that clients print, and pulls go on', async () => {
    const small = await temporaryDir('kdev-full-registry-');
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', small.path]);
    const keys = await temporaryDir('kdev-full-keys-');
    const full = await startRegistry(keys.path, small.path);
    try {
      const digest = await pushProbeImage(full.request, 'kdev/small');
      const begun = await full.request('POST', 'kdev/big/blobs/uploads/');
      const answer = await full.request(
        'PATCH',
        new URL(begun.headers.get('location') ?? '', full.request.base),
        {
          body: randomBytes(3_000_000),
          headers: { 'content-type': 'application/octet-stream' },
        },
      );
      expect(answer.status).toBe(507);
      const words = `unexpected status: ${answer.status} Insufficient Storage`;
      expect(pushFailure({ fromPods: 'own' }, words, false)).toMatchObject({ code: 'registry-full' });
      expect((await full.request('GET', `kdev/small/manifests/${digest}`)).status).toBe(200);
    } finally {
      await full.stop();
      execFileSync('umount', [small.path]);
      await Promise.all([small.remove(), keys.remove()]);
    }
  });
});

const basicAuthorization = `Basic ${Buffer.from(`push:${passwords.push}`).toString('base64')}`;
