import { createHash, randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import type { RegistryRequest } from '../core/ports/registry.ts';
import { refusedBy } from '../core/registry-refused.ts';

const types = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar+gzip',
} as const;

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

/**
 * Pushes an image of a few hundred bytes that no node has seen, for every processor that nodes have.
 *
 * @returns its digest
 * @throws KdevError `registry-refused`, `registry-unreachable`; the signal's reason.
 */
export async function pushProbeImage(
  request: RegistryRequest,
  repository: string,
  signal?: AbortSignal,
): Promise<string> {
  const tar = pack();
  tar.entry({ name: 'kdev-pull-test' }, randomBytes(8).toString('hex'));
  tar.finalize();
  const content = await buffer(tar);
  const packed = gzipSync(content);
  const layer = await pushBlob(request, repository, types.layer, packed, signal);
  const manifests: object[] = [];
  for (const architecture of ['amd64', 'arm64', 'arm', 'ppc64le', 's390x', 'riscv64']) {
    const platform = { os: 'linux', architecture };
    const config = {
      ...platform,
      config: { Cmd: ['/kdev-pull-test'] },
      rootfs: { type: 'layers', diff_ids: [digestOf(content)] },
    };
    const manifest = {
      schemaVersion: 2,
      mediaType: types.manifest,
      config: await pushBlob(request, repository, types.config, Buffer.from(JSON.stringify(config)), signal),
      layers: [layer],
    };
    const pushed = await pushManifest(request, repository, types.manifest, manifest, signal);
    manifests.push({ ...pushed, platform });
  }
  const index = { schemaVersion: 2, mediaType: types.index, manifests };
  return (await pushManifest(request, repository, types.index, index, signal)).digest;
}

async function pushBlob(
  request: RegistryRequest,
  repository: string,
  mediaType: string,
  content: Buffer,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const uploads = `${repository}/blobs/uploads/`;
  const begun = await request('POST', uploads, { signal });
  const location = begun.headers.get('location');
  if (!begun.ok || location === null) throw refusedBy(request, uploads, begun);
  const digest = digestOf(content);
  const target = new URL(location, request.base);
  target.searchParams.set('digest', digest);
  const answer = await request('PUT', target, {
    body: content,
    headers: { 'content-type': 'application/octet-stream' },
    signal,
  });
  if (!answer.ok) throw refusedBy(request, target.pathname, answer);
  return { mediaType, digest, size: content.length };
}

async function pushManifest(
  request: RegistryRequest,
  repository: string,
  mediaType: string,
  document: object,
  signal: AbortSignal | undefined,
): Promise<Descriptor> {
  const text = JSON.stringify(document);
  const digest = digestOf(Buffer.from(text));
  const path = `${repository}/manifests/${digest}`;
  const answer = await request('PUT', path, { body: text, headers: { 'content-type': mediaType }, signal });
  if (!answer.ok) throw refusedBy(request, path, answer);
  return { mediaType, digest, size: Buffer.byteLength(text) };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}
