import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Reporter } from '../core/reporter.ts';
import { type OciDescriptor, writeBlob } from './oci-blob.ts';
import { type Compression, writeLayer } from './oci-layer.ts';

/** The part of an image's configuration that says how it runs, in the OCI image specification's own names. */
export interface OciRunConfig {
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  readonly Env?: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Labels?: Readonly<Record<string, string>>;
  readonly ExposedPorts?: Readonly<Record<string, Record<string, never>>>;
}

interface OciPlatform {
  readonly os: string;
  /** Go's name for it: `amd64`, `arm64`. */
  readonly architecture: string;
}

export interface OciImageOptions {
  /** The OCI image layout's folder; made when missing. A further platform of the same image joins the first. */
  readonly into: string;
  /** Tar files, bottom layer first. */
  readonly layers: readonly string[];
  readonly config: OciRunConfig;
  readonly platform: OciPlatform;
  /** Full name with tag, e.g. `docker.io/kdev/sidecar:0.1.0`. */
  readonly reference: string;
  /** @default 'zstd', which nodes unpack several times faster */
  readonly compression?: Compression;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

export interface WrittenImage {
  /** `sha256:…` of this platform's manifest. */
  readonly digest: string;
  /** What a node fetches: manifest, configuration and compressed layers. */
  readonly bytes: number;
}

export interface OciIndex {
  readonly schemaVersion: 2;
  readonly mediaType: 'application/vnd.oci.image.index.v1+json';
  readonly manifests: readonly OciDescriptor[];
}

/**
 * Writes an image in the OCI image layout. Equal tars and options give equal bytes.
 *
 * @throws KdevError `image-layer-failed`, or what `ensureDebianPackages` throws for zstd.
 */
export async function writeOciImage(options: OciImageOptions): Promise<WrittenImage> {
  const { into, platform } = options;
  await mkdir(path.join(into, 'blobs', 'sha256'), { recursive: true });
  const layers = [];
  for (const tar of options.layers) {
    layers.push(await writeLayer({ ...options, tar, compression: options.compression ?? 'zstd' }));
  }
  const config = await writeBlob(into, 'application/vnd.oci.image.config.v1+json', {
    created: '1970-01-01T00:00:00Z',
    architecture: platform.architecture,
    os: platform.os,
    config: options.config,
    rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'kdev' })),
  });
  const manifest = await writeBlob(into, 'application/vnd.oci.image.manifest.v1+json', {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config,
    layers: layers.map((layer) => layer.descriptor),
  });
  await addToIndex(into, { ...manifest, platform, annotations: annotationsOf(options.reference) });
  await writeFile(path.join(into, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const sizes = [manifest.size, config.size, ...layers.map((layer) => layer.descriptor.size)];
  return { digest: manifest.digest, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** The index of an OCI image layout; without manifests where there is no layout yet. */
export async function readOciIndex(layoutDir: string): Promise<OciIndex> {
  const text = await readFile(path.join(layoutDir, 'index.json'), 'utf8').catch(() => undefined);
  if (text !== undefined) return JSON.parse(text) as OciIndex;
  return { schemaVersion: 2, mediaType: 'application/vnd.oci.image.index.v1+json', manifests: [] };
}

async function addToIndex(into: string, added: OciDescriptor): Promise<void> {
  const index = await readOciIndex(into);
  const others = index.manifests.filter(
    (each) =>
      each.platform?.os !== added.platform?.os ||
      each.platform?.architecture !== added.platform?.architecture,
  );
  await writeFile(path.join(into, 'index.json'), JSON.stringify({ ...index, manifests: [...others, added] }));
}

function annotationsOf(reference: string): Record<string, string> {
  const tag = /:([^:/]+)$/.exec(reference)?.[1] ?? 'latest';
  return { 'io.containerd.image.name': reference, 'org.opencontainers.image.ref.name': tag };
}
