import { createHash } from 'node:crypto';
import PQueue from 'p-queue';
import { KdevError } from '../core/error.ts';
import type { RegistryRequest } from '../core/ports/registry.ts';
import type { StoredManifest } from './stored-manifest.ts';

const requestsAtOnce = 8;
const pageSize = 1_000;

interface Descriptor {
  readonly digest: string;
  readonly size?: number;
}

interface ManifestText {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
  readonly subject?: Descriptor;
}

export interface ReadRegistryOptions {
  readonly request: RegistryRequest;
  /** What kdev's own repositories begin with: whatever lies elsewhere is never looked at. */
  readonly prefix: string;
  /** Of each manifest that is there, see `RegistryStorage`; undefined = only tags lead to manifests. */
  readonly pushedAt: ReadonlyMap<string, number> | undefined;
  /** For a registry that does not tell which it has. */
  readonly knownRepositories: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * Every manifest below `prefix`.
 *
 * @throws KdevError `registry-unreachable`, `registry-refused`; the signal's reason
 */
export async function readRegistry(options: ReadRegistryOptions): Promise<readonly StoredManifest[]> {
  const { pushedAt, signal } = options;
  const queue = new PQueue({ concurrency: requestsAtOnce });
  const manifests: StoredManifest[] = [];
  for (const repository of await listRepositories(options)) {
    const tagged = await readTags(options, repository, queue);
    for (const name of pushedAt?.keys() ?? []) {
      const [stored, digest = ''] = name.split('@');
      if (stored === repository && !tagged.has(digest)) tagged.set(digest, []);
    }
    const read = [...tagged].map(([digest, tags]) =>
      queue.add(() => readManifest(options, repository, digest, tags)),
    );
    for (const manifest of await Promise.all(read)) if (manifest) manifests.push(manifest);
    signal?.throwIfAborted();
  }
  return manifests;
}

async function listRepositories({
  knownRepositories,
  prefix,
  pushedAt,
  request,
  signal,
}: ReadRegistryOptions): Promise<readonly string[]> {
  const stored = [...(pushedAt?.keys() ?? [])].map((name) => name.split('@')[0] ?? '');
  const listed = await pages(request, `_catalog?n=${pageSize}`, 'repositories', signal);
  const all = new Set([...stored, ...(listed ?? knownRepositories)]);
  return [...all].filter((repository) => repository.startsWith(prefix)).sort();
}

/** Digest → its tags. */
async function readTags(
  { request, signal }: ReadRegistryOptions,
  repository: string,
  queue: PQueue,
): Promise<Map<string, string[]>> {
  const tags = (await pages(request, `${repository}/tags/list?n=${pageSize}`, 'tags', signal)) ?? [];
  const digests = new Map<string, string[]>();
  const resolve = async (tag: string): Promise<void> => {
    const path = `${repository}/manifests/${tag}`;
    const answer = await request('HEAD', path, { signal });
    if (answer.status === 404) return;
    const digest = answer.headers.get('docker-content-digest');
    if (!answer.ok || digest === null) throw refused(request, path, answer.status);
    digests.set(digest, [...(digests.get(digest) ?? []), tag]);
  };
  await Promise.all(tags.map((tag) => queue.add(() => resolve(tag))));
  return digests;
}

/** All pages of a list; undefined where the registry does not tell. */
async function pages(
  request: RegistryRequest,
  first: string,
  key: 'repositories' | 'tags',
  signal: AbortSignal | undefined,
): Promise<readonly string[] | undefined> {
  const names: string[] = [];
  for (let path: string | URL | undefined = first; path !== undefined; ) {
    const answer: Response = await request('GET', path, { signal });
    if (answer.status === 404) return key === 'tags' ? [] : undefined;
    if (!answer.ok) {
      if (key === 'repositories') return undefined;
      throw refused(request, first, answer.status);
    }
    names.push(...(((await answer.json()) as Record<string, readonly string[] | null>)[key] ?? []));
    const next: string | undefined = /<([^>]+)>;\s*rel="?next"?/.exec(answer.headers.get('link') ?? '')?.[1];
    path = next === undefined ? undefined : new URL(next, request.base);
  }
  return names;
}

async function readManifest(
  { pushedAt, request, signal }: ReadRegistryOptions,
  repository: string,
  digest: string,
  tags: readonly string[],
): Promise<StoredManifest | undefined> {
  const answer = await request('GET', `${repository}/manifests/${digest}`, { signal });
  if (answer.status === 404 && tags.length === 0) return undefined;
  const bytes = answer.ok ? Buffer.from(await answer.arrayBuffer()) : undefined;
  const text = bytes && parseManifest(bytes, digest);
  const named = [text?.config, ...(text?.layers ?? [])].filter((each) => each !== undefined);
  const stored = pushedAt?.get(`${repository}@${digest}`);
  return {
    repository,
    digest,
    tags,
    children: (text?.manifests ?? []).map((child) => child.digest),
    subject: text?.subject?.digest,
    blobs: new Map([
      [digest, bytes?.length ?? 0],
      ...named.map((each): [string, number] => [each.digest, each.size ?? 0]),
    ]),
    pushedAt: stored ?? (text && (await createdAt(request, repository, text, signal))),
    readable: text !== undefined,
  };
}

function parseManifest(bytes: Buffer, digest: string): ManifestText | undefined {
  if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest) return undefined;
  try {
    return JSON.parse(bytes.toString()) as ManifestText;
  } catch {
    return undefined; // told by `readable`
  }
}

/** When the image was made, by its own configuration: the next best where nobody knows when it was pushed. */
async function createdAt(
  request: RegistryRequest,
  repository: string,
  { config }: ManifestText,
  signal: AbortSignal | undefined,
): Promise<number | undefined> {
  if (config === undefined) return undefined;
  const answer = await request('GET', `${repository}/blobs/${config.digest}`, { signal });
  if (!answer.ok) return undefined;
  const { created } = (await answer.json().catch(() => ({}))) as { readonly created?: unknown };
  const ms = typeof created === 'string' ? Date.parse(created) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

export function refused(request: RegistryRequest, path: string, status: number): KdevError {
  return new KdevError({
    code: 'registry-refused',
    fault: 'environment',
    what: `The registry ${request.host} answered ${status} to ${path}.`,
    ...((status === 401 || status === 403) && {
      cure: 'See that the password you have for it may read and delete images.',
    }),
  });
}
