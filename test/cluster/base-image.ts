import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import type { Cluster } from '../../src/core/ports/cluster.ts';

export interface BaseImages {
  /** `host:port`; plain http, as everybody reaches it. */
  readonly registry: string;
  readonly repository: string;
  readonly tag: string;
}

interface Manifest {
  readonly mediaType: string;
  readonly config: { readonly mediaType: string; readonly digest: string };
  readonly layers: readonly { readonly digest: string }[];
}

/** The registry of a box. */
export async function registryOf(cluster: Cluster): Promise<string> {
  const found = await cluster.get({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', name: 'local-registry-hosting', namespace: 'kube-public' },
  });
  const data = found?.['data'] as Readonly<Record<string, string>>;
  return (parse(data['localRegistryHosting.v1'] ?? '') as { readonly host: string }).host;
}

/** Gives the name to an image like busybox, whose environment says `BASE=<word>`. */
export async function publishBase({ registry, repository, tag }: BaseImages, word: string): Promise<void> {
  const mirror = `http://${registry.replace(/:\d+$/, ':5001')}/v2/library/busybox`;
  const own = `http://${registry}/v2/${repository}`;
  const accept = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = (await (
    await fetch(`${mirror}/manifests/1.35`, { headers: { accept } })
  ).json()) as Manifest;
  const config = (await (await fetch(`${mirror}/blobs/${manifest.config.digest}`)).json()) as {
    readonly config?: { readonly Env?: readonly string[] };
  };
  const Env = [...(config.config?.Env ?? []), `BASE=${word}`];
  const changed = Buffer.from(JSON.stringify({ ...config, config: { ...config.config, Env } }));
  for (const { digest } of manifest.layers) {
    const layer = await fetch(`${mirror}/blobs/${digest}`);
    await upload(own, digest, Buffer.from(await layer.arrayBuffer()));
  }
  const digest = `sha256:${createHash('sha256').update(changed).digest('hex')}`;
  await upload(own, digest, changed);
  const body = JSON.stringify({
    ...manifest,
    mediaType: accept,
    config: { mediaType: manifest.config.mediaType, digest, size: changed.length },
  });
  const answer = await fetch(`${own}/manifests/${tag}`, {
    ...{ method: 'PUT', headers: { 'content-type': accept }, body },
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}

async function upload(repository: string, digest: string, content: Buffer): Promise<void> {
  const started = await fetch(`${repository}/blobs/uploads/`, { method: 'POST' });
  const target = new URL(started.headers.get('location') ?? '', repository);
  target.searchParams.set('digest', digest);
  const answer = await fetch(target, {
    method: 'PUT',
    headers: { 'content-type': 'application/octet-stream' },
    body: new Uint8Array(content),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
}
