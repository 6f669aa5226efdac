import { createHash } from 'node:crypto';
import type { RegistryRequest } from '../../src/core/ports/registry.ts';

export function digestOf(bytes: string | Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** An image whose layers are those texts; equal texts, equal digests. */
function imageOf(layers: readonly string[]): { readonly manifest: string; readonly digest: string } {
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', layers: layers.map(digestOf) });
  const describe = (mediaType: string, bytes: string) => ({
    mediaType,
    digest: digestOf(bytes),
    size: Buffer.byteLength(bytes),
  });
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { ...describe('application/vnd.oci.image.config.v1+json', config), data: undefined },
    layers: layers.map((layer) => describe('application/vnd.oci.image.layer.v1.tar', layer)),
  });
  return { manifest, digest: digestOf(manifest) };
}

/** As builders do: a blob that the registry says it has is not sent. */
export async function pushImage(
  request: RegistryRequest,
  repository: string,
  tags: readonly string[],
  layers: readonly string[],
): Promise<string> {
  const config = JSON.stringify({ architecture: 'amd64', os: 'linux', layers: layers.map(digestOf) });
  for (const blob of [...layers, config]) await pushBlob(request, repository, blob);
  const { manifest, digest } = imageOf(layers);
  for (const tag of tags) await pushManifest(request, repository, tag, manifest);
  return digest;
}

/** Several images under one name, as for several platforms. */
export async function pushIndex(
  request: RegistryRequest,
  repository: string,
  tag: string,
  images: readonly (readonly string[])[],
): Promise<string> {
  const manifests = [];
  for (const layers of images) {
    const { manifest, digest } = imageOf(layers);
    await pushImage(request, repository, [digest], layers);
    const mediaType = 'application/vnd.oci.image.manifest.v1+json';
    manifests.push({ mediaType, digest, size: Buffer.byteLength(manifest) });
  }
  const mediaType = 'application/vnd.oci.image.index.v1+json';
  const index = JSON.stringify({ schemaVersion: 2, mediaType, manifests });
  await pushManifest(request, repository, tag, index);
  return digestOf(index);
}

async function pushManifest(
  request: RegistryRequest,
  repository: string,
  reference: string,
  manifest: string,
): Promise<void> {
  const { mediaType } = JSON.parse(manifest) as { readonly mediaType: string };
  const headers = { 'content-type': mediaType };
  const answer = await request('PUT', `${repository}/manifests/${reference}`, { body: manifest, headers });
  if (!answer.ok)
    throw new Error(`${repository}:${reference} was refused: ${answer.status} ${await answer.text()}`);
}

const uploads = new Map<string, Promise<void>>();

/**
 * One after the other for equal content: Debian's registry, given the same blob twice at once, may answer for a moment
 * that it has none.
 */
async function pushBlob(request: RegistryRequest, repository: string, text: string): Promise<void> {
  const digest = digestOf(text);
  const upload = (uploads.get(digest) ?? Promise.resolve())
    .catch(() => undefined)
    .then(() => uploadBlob(request, repository, text, digest));
  uploads.set(digest, upload);
  await upload;
}

async function uploadBlob(
  request: RegistryRequest,
  repository: string,
  text: string,
  digest: string,
): Promise<void> {
  if ((await request('HEAD', `${repository}/blobs/${digest}`)).ok) return;
  const begun = await request('POST', `${repository}/blobs/uploads/`);
  const where = new URL(begun.headers.get('location') ?? '', request.base);
  where.searchParams.set('digest', digest);
  const headers = { 'content-type': 'application/octet-stream' };
  const answer = await request('PUT', where, { body: text, headers });
  if (!answer.ok) throw new Error(`${digest} was refused: ${answer.status} ${await answer.text()}`);
}

/** Manifest, configuration and every layer, each with its digest checked. */
export async function pullWhole(request: RegistryRequest, repository: string, digest: string): Promise<void> {
  const manifest = JSON.parse(await fetchChecked(request, `${repository}/manifests/${digest}`, digest)) as {
    readonly config?: { readonly digest: string };
    readonly layers?: readonly { readonly digest: string }[];
    readonly manifests?: readonly { readonly digest: string }[];
  };
  for (const child of manifest.manifests ?? []) await pullWhole(request, repository, child.digest);
  for (const { digest: blob } of [manifest.config, ...(manifest.layers ?? [])].filter(
    (each) => each !== undefined,
  )) {
    await fetchChecked(request, `${repository}/blobs/${blob}`, blob);
  }
}

async function fetchChecked(request: RegistryRequest, path: string, digest: string): Promise<string> {
  const answer = await request('GET', path);
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (!answer.ok || digestOf(bytes) !== digest)
    throw new Error(`${path} answered ${answer.status} with ${digestOf(bytes)}`);
  return bytes.toString();
}
