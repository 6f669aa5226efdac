import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentReporter } from '../core/reporter.ts';
import { blobPath } from './oci-blob.ts';
import { readOciIndex, writeOciImage } from './oci-image.ts';
import { treeToTar } from './tree-to-tar.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kdev-image-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function tarOf(name: string, text: string): Promise<string> {
  const tree = path.join(folder, `${name}-tree`);
  await mkdir(tree, { recursive: true });
  await writeFile(path.join(tree, 'hello'), text);
  const tar = path.join(folder, `${name}.tar`);
  await treeToTar({ tree, tar, owner: '7:8', reporter: silentReporter });
  return tar;
}
const imageOf = (into: string, tar: string, architecture = 'amd64', compression: 'gzip' | 'zstd' = 'gzip') =>
  writeOciImage({
    into,
    layers: [tar],
    config: { Entrypoint: ['/hello'], User: '7' },
    platform: { os: 'linux', architecture },
    reference: 'docker.io/kdev/hello:1',
    compression,
    reporter: silentReporter,
  });

test('an image is a layout whose blobs are named by their digests', async () => {
  const into = path.join(folder, 'image');
  const written = await imageOf(into, await tarOf('a', 'hi'));
  const [manifest] = (await readOciIndex(into)).manifests;
  expect(manifest).toMatchObject({
    digest: written.digest,
    platform: { os: 'linux', architecture: 'amd64' },
    annotations: {
      'io.containerd.image.name': 'docker.io/kdev/hello:1',
      'org.opencontainers.image.ref.name': '1',
    },
  });
  for (const name of await readdir(path.join(into, 'blobs', 'sha256'))) {
    const bytes = await readFile(path.join(into, 'blobs', 'sha256', name));
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(name);
  }
});

test.each(['gzip', 'zstd'] as const)(
  'a %s layer unpacks to the tree, and its diff id is the tar’s digest',
  async (compression) => {
    const into = path.join(folder, 'image');
    const tar = await tarOf('a', 'hi');
    const { digest } = await imageOf(into, tar, 'amd64', compression);
    const manifest = JSON.parse(await readFile(blobPath(into, digest), 'utf8'));
    const config = JSON.parse(await readFile(blobPath(into, manifest.config.digest), 'utf8'));
    const layer = blobPath(into, manifest.layers[0].digest);
    const unpacked = execFileSync(compression, ['-dc', '-q'], { input: await readFile(layer) });
    expect(config.rootfs.diff_ids).toEqual([`sha256:${createHash('sha256').update(unpacked).digest('hex')}`]);
    expect(execFileSync('tar', ['-xO', './hello'], { input: unpacked }).toString()).toBe('hi');
    expect(config.config).toEqual({ Entrypoint: ['/hello'], User: '7' });
  },
);

test('equal input gives an equal image', async () => {
  const one = await imageOf(path.join(folder, 'one'), await tarOf('a', 'hi'));
  const two = await imageOf(path.join(folder, 'two'), await tarOf('b', 'hi'));
  expect(two).toEqual(one);
});

test('another platform joins the first, and the same one replaces itself', async () => {
  const into = path.join(folder, 'image');
  await imageOf(into, await tarOf('a', 'amd'));
  await imageOf(into, await tarOf('b', 'arm'), 'arm64');
  const { digest } = await imageOf(into, await tarOf('c', 'amd, newer'));
  const { manifests } = await readOciIndex(into);
  expect(manifests.map((each) => each.platform?.architecture).sort()).toEqual(['amd64', 'arm64']);
  expect(manifests.find((each) => each.platform?.architecture === 'amd64')?.digest).toBe(digest);
});
