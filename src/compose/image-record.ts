import { createHash } from 'node:crypto';
import type { RelPath } from '../core/change.ts';
import { annotations } from '../core/pod-layout.ts';
import type { BaseImage, ImageConfig } from '../core/ports/builder.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import { compileRules } from '../core/rules.ts';
import type { Service } from '../core/service.ts';

/**
 * What a workload's annotation remembers of the image that a container runs, so that the next `up` can tell whether
 * it is still right without building. A synced edit changes `inputs` but not `rules`, and is no reason to build.
 */
export interface ImageRecord {
  /** By digest, as a node pulls it. */
  readonly reference: string;
  /** Digest of all inputs of the build. */
  readonly inputs: string;
  /** Digest of what the rebuild rules name, see `digestRebuildInputs`. */
  readonly rules: string;
  /** Digests of the images that it was made from, by name; absent = nobody knew them. */
  readonly bases?: Readonly<Record<string, string>>;
  readonly config: ImageConfig;
}

/** By container; empty where there is no workload or no annotation that can be read. */
export function readImageRecords(
  workload: KubernetesObject | undefined,
): Readonly<Record<string, ImageRecord>> {
  const text = workload?.metadata.annotations?.[annotations.images];
  if (text === undefined) return {};
  try {
    return (JSON.parse(text) as Readonly<Record<string, ImageRecord>> | null) ?? {};
  } catch {
    return {}; // edited by hand: one build more than needed
  }
}

/** The first base image whose name means another digest now; one that is not known on either side has not changed. */
export function changedBase(
  { bases = {} }: Pick<ImageRecord, 'bases'>,
  now: readonly BaseImage[],
): string | undefined {
  return now.find(({ name, digest }) => {
    const before = bases[name];
    return digest !== undefined && before !== undefined && digest !== before;
  })?.name;
}

/** SHA-256 (hex) over the build's settings and every file that a rebuild rule of the service matches. */
export function digestRebuildInputs(service: Service, watcher: Pick<Watcher, 'entries'>): string {
  const { rebuildPattern } = compileRules(service);
  const hash = createHash('sha256').update(JSON.stringify(service.build ?? null));
  for (const [path, { mode: _mode, ...entry }] of watcher.entries('.' as RelPath)) {
    if (entry.type !== 'dir' && rebuildPattern(path) !== undefined)
      hash.update(JSON.stringify([path, entry]));
  }
  return hash.digest('hex');
}
