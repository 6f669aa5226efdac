import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as WebStream } from 'node:stream/web';
import { lockFile } from '../artifacts/file-lock.ts';
import type { RegistryRequest } from '../core/ports/registry.ts';
import { refusedBy } from '../core/registry-refused.ts';
import { layersTag } from './buildctl-args.ts';

/** Images of projects that were not built for so long are forgotten, ms. */
const forgetMs = 30 * 24 * 3600 * 1000;
/** An upload may be as slow as this, ms. */
const uploadMs = 300_000;

interface SavedImage {
  readonly mediaType: string;
  /** The manifest's bytes as the registry had them. */
  readonly manifest: string;
}

/**
 * Keeps the image built last of each repository on this machine, for clusters whose registry does not outlive them:
 * a new box's registry gets it back, and BuildKit takes its layers instead of running the steps again. Whether they
 * still fit, base image included, is BuildKit's own decision.
 */
export interface LayerCache {
  /** Puts the saved image into the registry as `layersTag`; nothing where it has one or none is saved. */
  restore(repository: string, signal?: AbortSignal): Promise<void>;
  /** Saves what `layersTag` names now. */
  save(repository: string, signal?: AbortSignal): Promise<void>;
}

/** @param dir made when missing; a folder per repository in it. */
export function createLayerCache(request: RegistryRequest, dir: string): LayerCache {
  const withFolder = async (
    repository: string,
    signal: AbortSignal | undefined,
    work: (folder: string) => Promise<void>,
  ): Promise<void> => {
    const folder = path.join(dir, repository.replaceAll('/', '_'));
    await mkdir(folder, { recursive: true });
    const lock = await lockFile(`${folder}.lock`, { signal });
    try {
      await work(folder);
    } finally {
      await lock.release();
    }
  };
  return {
    async restore(repository, signal) {
      const manifestPath = `${repository}/manifests/${layersTag}`;
      if ((await request('HEAD', manifestPath, { signal })).ok) return;
      await withFolder(repository, signal, async (folder) => {
        const saved = await readSaved(folder);
        if (!saved) return;
        for (const digest of blobsOf(saved.manifest)) {
          await pushBlob(request, repository, digest, blobFile(folder, digest), signal);
        }
        const headers = { 'content-type': saved.mediaType };
        const answer = await request('PUT', manifestPath, { body: saved.manifest, headers, signal });
        if (!answer.ok) throw refusedBy(request, manifestPath, answer);
      });
    },
    async save(repository, signal) {
      const manifestPath = `${repository}/manifests/${layersTag}`;
      const answer = await request('GET', manifestPath, { signal });
      if (!answer.ok) throw refusedBy(request, manifestPath, answer);
      const mediaType = answer.headers.get('content-type') ?? '';
      const manifest = await answer.text();
      await withFolder(repository, signal, async (folder) => {
        const digests = blobsOf(manifest);
        for (const digest of digests) {
          await fetchBlob(request, repository, digest, blobFile(folder, digest), signal);
        }
        await writeWhole(savedFile(folder), JSON.stringify({ mediaType, manifest } satisfies SavedImage));
        const kept = new Set([...digests.map((digest) => blobFile(folder, digest)), savedFile(folder)]);
        for (const name of await readdir(folder)) {
          const file = path.join(folder, name);
          if (!kept.has(file)) await rm(file, { force: true });
        }
      });
      await forgetOld(dir);
    },
  };
}

async function forgetOld(dir: string): Promise<void> {
  for (const name of await readdir(dir)) {
    const saved = await stat(savedFile(path.join(dir, name))).catch(() => undefined);
    if (saved && saved.mtimeMs < Date.now() - forgetMs)
      await rm(path.join(dir, name), { recursive: true, force: true });
  }
}

function savedFile(folder: string): string {
  return path.join(folder, 'image.json');
}

function blobFile(folder: string, digest: string): string {
  return path.join(folder, digest.replace(':', '-'));
}

async function readSaved(folder: string): Promise<SavedImage | undefined> {
  const text = await readFile(savedFile(folder), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as SavedImage);
}

/** Configuration and layers of an image manifest; none of an index, which is not kept. */
function blobsOf(manifest: string): string[] {
  const { config, layers = [] } = JSON.parse(manifest) as {
    readonly config?: { readonly digest: string };
    readonly layers?: readonly { readonly digest: string }[];
  };
  return config ? [config, ...layers].map((each) => each.digest) : [];
}

async function fetchBlob(
  request: RegistryRequest,
  repository: string,
  digest: string,
  file: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (await stat(file).catch(() => undefined)) return;
  const url = `${repository}/blobs/${digest}`;
  const answer = await request('GET', url, { signal });
  if (!answer.ok || !answer.body) throw refusedBy(request, url, answer);
  const partial = `${file}.partial`;
  await pipeline(Readable.fromWeb(answer.body as WebStream<Uint8Array>), createWriteStream(partial), {
    signal,
  });
  await rename(partial, file);
}

/** The registry checks the digest, so a damaged file never becomes a layer. */
async function pushBlob(
  request: RegistryRequest,
  repository: string,
  digest: string,
  file: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  if ((await request('HEAD', `${repository}/blobs/${digest}`, { signal })).ok) return;
  const uploads = `${repository}/blobs/uploads/`;
  const started = await request('POST', uploads, { signal });
  const location = started.headers.get('location');
  if (!started.ok || location === null) throw refusedBy(request, uploads, started);
  const target = new URL(location, request.base);
  target.searchParams.set('digest', digest);
  const { size } = await stat(file);
  const answer = await request('PUT', target, {
    body: Readable.toWeb(createReadStream(file)) as ReadableStream<Uint8Array>,
    headers: { 'content-type': 'application/octet-stream', 'content-length': String(size) },
    signal,
    answerMs: uploadMs,
  });
  if (!answer.ok) throw refusedBy(request, target.pathname, answer);
}

async function writeWhole(file: string, text: string): Promise<void> {
  await writeFile(`${file}.partial`, text);
  await rename(`${file}.partial`, file);
}
