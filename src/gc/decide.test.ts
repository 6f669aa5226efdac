import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CollectPolicy, decide, type InUse } from './decide.ts';
import { bytesOf, type StoredManifest } from './stored-manifest.ts';

const hour = 3_600_000;
const now = 1_000 * hour;
const policy: CollectPolicy = { keep: 1, olderThanMs: 24 * hour, now };
const nothing: InUse = { digests: new Set(), tags: new Set() };
const inputs = (letter: string): string => letter.repeat(32);

function stored(digest: string, facts: Partial<StoredManifest> = {}): StoredManifest {
  return {
    ...{ repository: 'kdev/shop-web', digest, tags: [], children: [], subject: undefined },
    ...{ blobs: new Map([[digest, 10]]), pushedAt: now - 100 * hour, readable: true },
    ...facts,
  };
}

const newer = stored('newer', { tags: [inputs('f')], pushedAt: now - 50 * hour });

describe('what stays', () => {
  it.each<[why: string, StoredManifest, InUse, reason: string]>([
    ['something names its digest', stored('a'), { ...nothing, digests: new Set(['a']) }, 'in-use'],
    [
      'something names its tag',
      stored('a', { tags: [inputs('a')] }),
      { ...nothing, tags: new Set([`kdev/shop-web:${inputs('a')}`]) },
      'in-use',
    ],
    ['a person named it', stored('a', { tags: [inputs('a'), 'release-1'] }), nothing, 'named'],
    ['it was pushed lately', stored('a', { pushedAt: now - 23 * hour }), nothing, 'young'],
    ['nobody knows its age', stored('a', { pushedAt: undefined }), nothing, 'young'],
    ['it is not understood', stored('a', { readable: false }), nothing, 'unreadable'],
    ['it was pushed by a clock ahead of ours', stored('a', { pushedAt: now + hour }), nothing, 'young'],
  ])('an image stays because %s', (_why, manifest, inUse, reason) => {
    expect(decide([newer, manifest], inUse, policy).stays).toContainEqual({ manifest, reason });
  });

  it('the newest of each repository stay, by their push and not by their order', () => {
    const old = stored('old', { tags: [inputs('a')] });
    const other = stored('other', { repository: 'kdev/shop-api', tags: [inputs('b')] });
    const { goes, stays } = decide([old, newer, other], nothing, policy);
    expect(goes).toEqual([old]);
    expect(stays.map(({ reason }) => reason)).toEqual(['newest', 'newest']);
  });

  it('what an index names stays with it, and what was said about it', () => {
    const platform = stored('platform');
    const signature = stored('signature', { subject: 'platform' });
    const index = stored('index', { tags: ['latest'], children: ['platform'] });
    expect(decide([platform, signature, index], nothing, policy).goes).toEqual([]);
  });

  it('an index goes before what it names', () => {
    const platform = stored('platform');
    const index = stored('index', { tags: [inputs('a')], children: ['platform'] });
    expect(decide([newer, platform, index], nothing, policy).goes).toEqual([index, platform]);
  });

  it('a tag of one repository keeps nothing of another', () => {
    const tags = new Set([`kdev/shop-api:${inputs('a')}`]);
    const image = stored('a', { tags: [inputs('a')] });
    expect(decide([newer, image], { ...nothing, tags }, policy).goes).toEqual([image]);
  });

  it('bytes that are shared with what stays are not freed', () => {
    const base: readonly [string, number] = ['base', 1_000];
    const gone = stored('a', { blobs: new Map([['a', 10], base]) });
    const kept = { ...newer, blobs: new Map([['newer', 10], base]) };
    expect(decide([gone, kept], nothing, policy).freedBytes).toBe(10);
  });
});

const digests = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
const manifests = fc.uniqueArray(
  fc.record({
    repository: fc.constantFrom('kdev/x', 'kdev/y'),
    digest: digests,
    tags: fc.uniqueArray(fc.constantFrom(inputs('a'), inputs('b'), 'latest'), { maxLength: 2 }),
    children: fc.uniqueArray(digests, { maxLength: 2 }),
    subject: fc.option(digests, { nil: undefined }),
    blobs: fc
      .uniqueArray(fc.constantFrom('1', '2', '3'))
      .map((names) => new Map(names.map((name) => [name, Number(name)]))),
    pushedAt: fc.option(
      fc.integer({ min: 0, max: 60 }).map((hours) => now - hours * hour),
      { nil: undefined },
    ),
    readable: fc.boolean(),
  }),
  { selector: ({ digest, repository }) => `${repository}@${digest}`, maxLength: 10 },
);
const uses = fc.record({
  digests: fc.uniqueArray(digests).map((all) => new Set(all)),
  tags: fc
    .uniqueArray(fc.constantFrom(`kdev/x:${inputs('a')}`, `kdev/y:${inputs('b')}`))
    .map((all) => new Set(all)),
});

describe('whatever a registry holds and whatever lives', () => {
  it('each manifest either stays or goes, once', () => {
    fc.assert(
      fc.property(manifests, uses, (all, inUse) => {
        const { goes, stays } = decide(all, inUse, policy);
        const both = [...goes, ...stays.map(({ manifest }) => manifest)];
        expect(new Set(both)).toEqual(new Set(all));
        expect(both).toHaveLength(all.length);
      }),
    );
  });

  it('nothing goes that is in use, young, named, or that something kept consists of', () => {
    fc.assert(
      fc.property(manifests, uses, (all, inUse) => {
        const { goes, stays } = decide(all, inUse, policy);
        const parts = new Set(stays.flatMap(({ manifest }) => manifest.children));
        for (const { digest, pushedAt, repository, tags } of goes) {
          expect(inUse.digests).not.toContain(digest);
          for (const tag of tags) expect(inUse.tags).not.toContain(`${repository}:${tag}`);
          expect(tags).not.toContain('latest');
          expect(pushedAt).toBeLessThanOrEqual(now - policy.olderThanMs);
          expect(parts).not.toContain(digest);
        }
      }),
    );
  });

  it('deciding again once it is gone finds nothing more, and keeping more never deletes more', () => {
    fc.assert(
      fc.property(manifests, uses, fc.nat(3), (all, inUse, keep) => {
        const { goes, stays, freedBytes } = decide(all, inUse, { ...policy, keep });
        const left = stays.map(({ manifest }) => manifest);
        expect(decide(left, inUse, { ...policy, keep }).goes).toEqual([]);
        expect(bytesOf(all) - bytesOf(left)).toBe(freedBytes);
        const later = decide(all, inUse, { ...policy, keep: keep + 1 }).goes;
        expect(goes).toEqual(expect.arrayContaining([...later]));
      }),
    );
  });
});
