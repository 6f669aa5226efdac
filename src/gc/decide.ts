import { bytesOf, type StoredManifest } from './stored-manifest.ts';

/** What anything that lives names. */
export interface InUse {
  /** Manifest digests, of whatever repository. */
  readonly digests: ReadonlySet<string>;
  /** `kdev/shop-adder:tag` */
  readonly tags: ReadonlySet<string>;
}

export interface CollectPolicy {
  /** So many images of each repository stay, those that were pushed last. */
  readonly keep: number;
  /** What was pushed less than this ago stays, ms. */
  readonly olderThanMs: number;
  /** Wall clock, ms since the epoch. */
  readonly now: number;
}

/** Why a manifest stays. The first that holds is told. */
export type KeepReason = 'in-use' | 'named' | 'young' | 'newest' | 'part' | 'unreadable';

export interface Decision {
  readonly stays: readonly { readonly manifest: StoredManifest; readonly reason: KeepReason }[];
  /** An index before what it names: in this order nothing that is still there names what is gone. */
  readonly goes: readonly StoredManifest[];
  /** Of the blobs that only what goes names. */
  readonly freedBytes: number;
}

/** The tags that kdev's builds make of their inputs; every other one was given by somebody who may want it. */
const inputsTag = /^[0-9a-f]{32}$/;

/**
 * What of a registry goes and what stays. Only an image that nobody names, that was pushed long enough ago, and that
 * newer ones have replaced goes. What nobody knows the age of counts as young.
 */
export function decide(manifests: readonly StoredManifest[], inUse: InUse, policy: CollectPolicy): Decision {
  const newest = newestOf(manifests, policy.keep);
  const reasons = new Map<StoredManifest, KeepReason>();
  for (const manifest of manifests) {
    const reason = reasonToKeep(manifest, inUse, policy, newest);
    if (reason) reasons.set(manifest, reason);
  }
  keepParts(manifests, reasons);
  const goes = manifests.filter((manifest) => !reasons.has(manifest));
  const stays = [...reasons].map(([manifest, reason]) => ({ manifest, reason }));
  return {
    stays,
    goes: [...goes].sort((a, b) => Number(b.children.length > 0) - Number(a.children.length > 0)),
    freedBytes: bytesOf(manifests) - bytesOf(reasons.keys()),
  };
}

function reasonToKeep(
  manifest: StoredManifest,
  inUse: InUse,
  { now, olderThanMs }: CollectPolicy,
  newest: ReadonlySet<StoredManifest>,
): KeepReason | undefined {
  const { digest, pushedAt, readable, repository, tags } = manifest;
  if (!readable) return 'unreadable';
  if (
    inUse.digests.has(digest) ||
    tags.some((tag) => inUse.tags.has(`${withoutPrefix(repository)}:${tag}`))
  ) {
    return 'in-use';
  }
  if (tags.some((tag) => !inputsTag.test(tag))) return 'named';
  if (pushedAt === undefined || now - pushedAt < olderThanMs) return 'young';
  return newest.has(manifest) ? 'newest' : undefined;
}

/** `team/kdev/shop-web` → `kdev/shop-web`, as references are collected. */
function withoutPrefix(repository: string): string {
  return repository.slice(Math.max(0, repository.indexOf('kdev/')));
}

function newestOf(manifests: readonly StoredManifest[], keep: number): ReadonlySet<StoredManifest> {
  const newest = new Set<StoredManifest>();
  for (const repository of new Set(manifests.map((manifest) => manifest.repository))) {
    const images = manifests
      .filter((manifest) => manifest.repository === repository && manifest.tags.length > 0)
      .sort((a, b) => (b.pushedAt ?? Number.MAX_VALUE) - (a.pushedAt ?? Number.MAX_VALUE));
    for (const image of images.slice(0, keep)) newest.add(image);
  }
  return newest;
}

/** What a kept index names is kept, and what was said about a kept manifest, and so on. */
function keepParts(manifests: readonly StoredManifest[], reasons: Map<StoredManifest, KeepReason>): void {
  for (let before = -1; before !== reasons.size; ) {
    before = reasons.size;
    const kept = new Set([...reasons.keys()].map(({ digest }) => digest));
    const named = new Set([...reasons.keys()].flatMap(({ children }) => children));
    for (const manifest of manifests) {
      const { digest, subject } = manifest;
      const isPart = named.has(digest) || (subject !== undefined && kept.has(subject));
      if (isPart && !reasons.has(manifest)) reasons.set(manifest, 'part');
    }
  }
}
