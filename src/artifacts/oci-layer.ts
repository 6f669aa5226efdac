import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Reporter } from '../core/reporter.ts';
import { ensureDebianPackages } from './debian-packages.ts';
import { blobPath, type OciDescriptor } from './oci-blob.ts';
import { runTool } from './run-tool.ts';

export type Compression = 'gzip' | 'zstd';

export interface LayerOptions {
  readonly into: string;
  readonly tar: string;
  readonly compression: Compression;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

export interface WrittenLayer {
  readonly descriptor: OciDescriptor;
  /** Digest of the tar before compression, as the image's configuration lists it. */
  readonly diffId: string;
}

/** Compresses a tar into a layer blob of the layout `into`, deterministically. */
export async function writeLayer(options: LayerOptions): Promise<WrittenLayer> {
  const compressed = path.join(options.into, 'layer.partial');
  const [, diffId] = await Promise.all([compress(options, compressed), digestOfFile(options.tar)]);
  const digest = await digestOfFile(compressed);
  const { size } = await stat(compressed);
  await rename(compressed, blobPath(options.into, digest));
  const mediaType = `application/vnd.oci.image.layer.v1.tar+${options.compression}`;
  return { descriptor: { mediaType, digest, size }, diffId };
}

async function compress(options: LayerOptions, target: string): Promise<void> {
  const { compression, reporter, signal, tar } = options;
  switch (compression) {
    case 'gzip':
      await pipeline(createReadStream(tar), createGzip({ level: 6 }), createWriteStream(target), { signal });
      return;
    case 'zstd':
      await ensureDebianPackages(['zstd'], { reporter, signal });
      await runTool({
        command: 'zstd',
        args: ['-q', '-f', '-6', '-T2', '-o', target, tar],
        reporter,
        signal,
        failure: { code: 'image-layer-failed', what: `Could not compress the layer ${tar}.` },
      });
      return;
    default:
      compression satisfies never;
  }
}

async function digestOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Buffer);
  return `sha256:${hash.digest('hex')}`;
}
