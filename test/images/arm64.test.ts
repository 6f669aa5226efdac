import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { cacheRoot } from '../../src/artifacts/cache-root.ts';
import { blobPath } from '../../src/artifacts/oci-blob.ts';
import { readOciIndex } from '../../src/artifacts/oci-image.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { readElf } from '../../src/images/elf.ts';
import { provideImages } from '../../src/images/provide-images.ts';

/** Unpacks an image's layers; the caller removes the folder. */
async function unpack(layoutDir: string): Promise<string> {
  const root = mkdtempSync(path.join(tmpdir(), 'kdev-arm64-'));
  const [descriptor] = (await readOciIndex(layoutDir)).manifests;
  expect(descriptor?.platform).toEqual({ os: 'linux', architecture: 'arm64' });
  const manifest = JSON.parse(readFileSync(blobPath(layoutDir, descriptor?.digest ?? ''), 'utf8')) as {
    layers: { digest: string }[];
  };
  mkdirSync(root, { recursive: true });
  for (const layer of manifest.layers) {
    execFileSync('tar', ['--zstd', '-xf', blobPath(layoutDir, layer.digest), '-C', root]);
  }
  return root;
}

it('kdev’s images for arm64, put together on any machine, hold programs for arm64 only, with all their libraries', async () => {
  const images = await provideImages({
    cacheDir: cacheRoot(process.env),
    reporter: silentReporter,
    platform: 'linux/arm64',
    names: ['restarter', 'sidecar'],
  });
  for (const { layoutDir } of images) {
    const root = await unpack(layoutDir);
    try {
      const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) =>
        entry.isFile(),
      );
      const names = new Set(files.map((entry) => entry.name));
      const programs = files.flatMap((entry) => {
        const facts = readElf(readFileSync(path.join(entry.parentPath, entry.name)));
        return facts ? [{ name: entry.name, ...facts }] : [];
      });
      expect(programs.length).toBeGreaterThan(0);
      expect(programs.filter((program) => program.architecture !== 'arm64')).toEqual([]);
      const missing = programs.flatMap((program) => program.needed.filter((library) => !names.has(library)));
      expect(missing).toEqual([]);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  }
}, 300_000);
