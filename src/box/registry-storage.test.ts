import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { writeOciImage } from '../artifacts/oci-image.ts';
import { treeToTar } from '../artifacts/tree-to-tar.ts';
import { silentReporter } from '../core/reporter.ts';
import { parseReference, seedRegistry } from './registry-storage.ts';

let folder = '';
let storage = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'kdev-seed-'));
  storage = path.join(folder, 'storage');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const reference = 'docker.io/library/hello:1';

async function image(text: string, architectures = ['amd64']): Promise<string> {
  const tree = path.join(folder, text, 'tree');
  await mkdir(tree, { recursive: true });
  await writeFile(path.join(tree, 'hello'), text);
  const tar = path.join(folder, text, 'layer.tar');
  await treeToTar({ tree, tar, reporter: silentReporter });
  const into = path.join(folder, text, 'image');
  for (const architecture of architectures) {
    await writeOciImage({
      into,
      layers: [tar],
      config: {},
      platform: { os: 'linux', architecture },
      reference,
      compression: 'gzip',
      reporter: silentReporter,
    });
  }
  return into;
}

const read = (...parts: string[]): Promise<string> =>
  readFile(path.join(storage, 'docker/registry/v2', ...parts), 'utf8');
const current = (): Promise<string> => read('repositories/library/hello/_manifests/tags/1/current/link');
const blob = (digest: string): Promise<string> =>
  read('blobs/sha256', digest.slice(7, 9), digest.slice(7), 'data');

test('a tag leads to the manifest, and the manifest’s blobs are there', async () => {
  await seedRegistry(storage, [{ reference, layoutDir: await image('one') }]);
  const manifest = JSON.parse(await blob(await current()));
  for (const { digest } of [manifest.config, ...manifest.layers]) {
    await blob(digest);
    expect(await read('repositories/library/hello/_layers/sha256', digest.slice(7), 'link')).toBe(digest);
  }
});

test('blobs are linked, not copied', async () => {
  const layoutDir = await image('one');
  await seedRegistry(storage, [{ reference, layoutDir }]);
  const digest = await current();
  const linked = await stat(path.join(layoutDir, 'blobs/sha256', digest.slice(7)));
  expect(linked.nlink).toBe(2);
});

test('seeding again changes nothing, and another image under the name is told', async () => {
  const one = { reference, layoutDir: await image('one') };
  expect(await seedRegistry(storage, [one])).toEqual([]);
  const before = await current();
  expect(await seedRegistry(storage, [one])).toEqual([]);
  expect(await current()).toBe(before);
  expect(await seedRegistry(storage, [{ reference, layoutDir: await image('two') }])).toEqual([reference]);
  expect(await current()).not.toBe(before);
});

test('an image for several platforms is an index of their manifests', async () => {
  await seedRegistry(storage, [{ reference, layoutDir: await image('one', ['amd64', 'arm64']) }]);
  const index = JSON.parse(await blob(await current()));
  const platforms = index.manifests.map(
    (each: { platform: { architecture: string } }) => each.platform.architecture,
  );
  expect(platforms.sort()).toEqual(['amd64', 'arm64']);
  for (const { digest } of index.manifests) await blob(digest);
});

test.each(['hello:1', 'docker.io/library/hello', 'example.com/hello:1', 'docker.io/library/Hello:1'])(
  '"%s" is no name the mirror answers to',
  (name) => {
    expect(() => parseReference(name)).toThrow(expect.objectContaining({ code: 'box-image-invalid' }));
  },
);

test('a folder without an image is refused', async () => {
  const seeded = seedRegistry(storage, [{ reference, layoutDir: folder }]);
  await expect(seeded).rejects.toMatchObject({ code: 'box-image-invalid', why: `${folder} holds no image.` });
});
