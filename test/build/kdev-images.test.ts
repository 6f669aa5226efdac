import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { cacheRoot } from '../../src/artifacts/cache-root.ts';
import { blobPath } from '../../src/artifacts/oci-blob.ts';
import { readOciIndex } from '../../src/artifacts/oci-image.ts';
import { type ImageName, imageNames } from '../../src/images/image-names.ts';
import { type ProvidedImage, provideImages } from '../../src/images/provide-images.ts';

const steps: string[] = [];
let images: readonly ProvidedImage[];

const provide = (): Promise<readonly ProvidedImage[]> =>
  provideImages({
    cacheDir: cacheRoot(process.env),
    reporter: { step: (text) => steps.push(text), detail: () => undefined },
    names: Object.keys(imageNames) as ImageName[],
  });

beforeAll(async () => {
  images = await provide();
}, 600_000);

/** `tar --list --verbose` of all layers, with extended attributes. */
async function listing({ layoutDir }: ProvidedImage): Promise<string> {
  const [descriptor] = (await readOciIndex(layoutDir)).manifests;
  const manifest = JSON.parse(readFileSync(blobPath(layoutDir, descriptor?.digest ?? ''), 'utf8')) as {
    layers: { digest: string }[];
  };
  const lists = manifest.layers.map((layer) =>
    execFileSync(
      'tar',
      [
        '--zstd',
        '--list',
        '--verbose',
        '--verbose',
        '--xattrs',
        '--xattrs-include=*',
        '--file',
        blobPath(layoutDir, layer.digest),
      ],
      {
        encoding: 'utf8',
      },
    ),
  );
  return lists.join('');
}

function image(name: keyof typeof imageNames): ProvidedImage {
  const found = images.find((each) => each.reference === imageNames[name]);
  if (!found) throw new Error(`no image ${name}`);
  return found;
}

describe('kdev’s images', () => {
  it('have the names that a release has', () => {
    expect(images.map((each) => each.reference)).toEqual([
      expect.stringMatching(/^docker\.io\/kdev\/sidecar:\d+\.\d+\.\d+/),
      expect.stringMatching(/^docker\.io\/kdev\/restarter:\d+\.\d+\.\d+/),
      expect.stringMatching(/^docker\.io\/kdev\/builder:\d+\.\d+\.\d+/),
      expect.stringMatching(/^docker\.io\/kdev\/registry:\d+\.\d+\.\d+/),
    ]);
  });

  it('are made once', async () => {
    steps.length = 0;
    expect(await provide()).toEqual(images);
    expect(steps).toEqual([]);
  });

  it('are small: the restarter below 3 MB, the registry below 15 MB, the sidecar below 100 MB', () => {
    expect(image('registry').compressedBytes).toBeLessThan(15_000_000);
    expect(image('restarter').compressedBytes).toBeLessThan(3_000_000);
    expect(image('sidecar').compressedBytes).toBeLessThan(100_000_000);
  });

  it.each(['restarter', 'sidecar', 'builder', 'registry'] as const)(
    'have no setuid program: %s',
    async (name) => {
      const modes = (await listing(image(name))).split('\n').map((line) => line.slice(0, 10));
      expect(modes.filter((mode) => /^-..[sS]|^-.....[sS]/.test(mode))).toEqual([]);
    },
  );

  it('give the builder’s id mappers a capability each', async () => {
    const lines = (await listing(image('builder'))).split('\n');
    for (const name of ['newuidmap', 'newgidmap']) {
      const at = lines.findIndex((line) => line.endsWith(`/usr/bin/${name}`));
      expect(lines[at]).toMatch(/^-rwxr-xr-x\*/);
      expect(lines[at + 1]).toMatch(/security\.capability/);
    }
  });
});
