import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { blobPath, type OciDescriptor } from '../artifacts/oci-blob.ts';
import { readOciIndex } from '../artifacts/oci-image.ts';
import { KdevError } from '../core/error.ts';
import type { BoxImage } from './box.ts';

/**
 * Puts images into the storage folder of a Docker registry (its `filesystem` driver), by hard links where the file
 * system allows: seeding takes milliseconds, where a push would copy and hash every layer. A registry that runs on
 * the folder sees them at once. Idempotent.
 *
 * @returns the references that meant another image before.
 * @throws KdevError `box-image-invalid` when a reference is no tagged `docker.io` name or the layout is empty.
 */
export async function seedRegistry(storage: string, images: readonly BoxImage[]): Promise<string[]> {
  const root = path.join(storage, 'docker/registry/v2');
  const changed: string[] = [];
  for (const image of images) {
    const { repository, tag } = parseReference(image.reference);
    const index = await readOciIndex(image.layoutDir);
    const [only] = index.manifests;
    if (only === undefined) throw invalid(image.reference, `${image.layoutDir} holds no image.`);
    const repositoryDir = path.join(root, 'repositories', repository);
    for (const manifest of index.manifests)
      await seedManifest(root, repositoryDir, image.layoutDir, manifest);
    const digest = index.manifests.length === 1 ? only.digest : await seedIndex(root, repositoryDir, index);
    const current = path.join(repositoryDir, '_manifests/tags', tag, 'current');
    const before = await readFile(path.join(current, 'link'), 'utf8').catch(() => digest);
    if (before !== digest) changed.push(image.reference);
    await writeLink(path.join(repositoryDir, '_manifests/tags', tag, 'index', ...digest.split(':')), digest);
    await writeLink(current, digest);
  }
  return changed;
}

/** `docker.io/library/debian:12` → `library/debian` and `12`. */
export function parseReference(reference: string): { readonly repository: string; readonly tag: string } {
  const match = /^docker\.io\/([a-z0-9._/-]+):([\w][\w.-]{0,127})$/.exec(reference);
  if (match?.[1] && match[2]) return { repository: match[1], tag: match[2] };
  throw invalid(reference, 'The mirror answers names such as docker.io/library/debian:12 only.');
}

async function seedManifest(
  root: string,
  repositoryDir: string,
  layoutDir: string,
  manifest: OciDescriptor,
): Promise<void> {
  const { config, layers } = JSON.parse(await readFile(blobPath(layoutDir, manifest.digest), 'utf8')) as {
    readonly config: OciDescriptor;
    readonly layers: readonly OciDescriptor[];
  };
  for (const { digest } of [config, ...layers]) {
    await seedBlob(root, digest, blobPath(layoutDir, digest));
    await writeLink(path.join(repositoryDir, '_layers', ...digest.split(':')), digest);
  }
  await seedBlob(root, manifest.digest, blobPath(layoutDir, manifest.digest));
  await writeLink(
    path.join(repositoryDir, '_manifests/revisions', ...manifest.digest.split(':')),
    manifest.digest,
  );
}

async function seedIndex(root: string, repositoryDir: string, index: object): Promise<string> {
  const bytes = Buffer.from(JSON.stringify(index));
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
  const data = blobData(root, digest);
  await mkdir(path.dirname(data), { recursive: true });
  await writeFile(data, bytes);
  await writeLink(path.join(repositoryDir, '_manifests/revisions', ...digest.split(':')), digest);
  return digest;
}

async function seedBlob(root: string, digest: string, from: string): Promise<void> {
  const data = blobData(root, digest);
  await mkdir(path.dirname(data), { recursive: true });
  try {
    await link(from, data);
  } catch (thrown) {
    const { code } = thrown as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    // The cache and the boxes lie on different file systems.
    if (code !== 'EXDEV' && code !== 'EPERM' && code !== 'EMLINK') throw thrown;
    await copyFile(from, data);
  }
}

function blobData(root: string, digest: string): string {
  const [algorithm = '', hex = ''] = digest.split(':');
  return path.join(root, 'blobs', algorithm, hex.slice(0, 2), hex, 'data');
}

async function writeLink(folder: string, digest: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'link'), digest);
}

function invalid(reference: string, why: string): KdevError {
  return new KdevError({
    code: 'box-image-invalid',
    fault: 'kdev',
    what: `The image "${reference}" cannot be put into the box's mirror.`,
    why,
  });
}
