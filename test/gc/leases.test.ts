import { beforeEach, describe, expect, it } from 'vitest';
import type { BuildLease } from '../../src/core/ports/build-leases.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { createBuildLeases } from '../../src/gc/build-leases.ts';
import { type CollectOptions, collect } from '../../src/gc/collect.ts';
import { acquireCollection, type CollectionLease } from '../../src/gc/collection-lease.ts';
import type { HolderWords } from '../../src/gc/lease-watch.ts';
import { maybeCollect } from '../../src/gc/maybe-collect.ts';
import { FakeClock, settled } from './fake-clock.ts';
import { FakeCluster } from './fake-cluster.ts';

const ensureNamespace = async (): Promise<void> => undefined;
const build = { repository: 'kdev/web', tag: 'a'.repeat(32) };
const namespace = 'kdev-builder';

let cluster: FakeCluster;
let clock: FakeClock;
let dead: Set<string>;
beforeEach(() => {
  cluster = new FakeCluster();
  clock = new FakeClock();
  dead = new Set();
});

function words(mine: string): HolderWords {
  return { mine, describe: (holder) => holder, lives: (holder) => (dead.has(holder) ? false : undefined) };
}

const leasesOf = (mine: string) => createBuildLeases({ cluster, clock, ensureNamespace, words: words(mine) });

function acquire(waitMs: number, onWait: (why: string) => void = () => undefined) {
  const options = { cluster, clock, namespace, ensureNamespace, onWait };
  return acquireCollection({ ...options, waitMs, words: words('the collector') });
}

async function collecting(): Promise<CollectionLease> {
  const lease = await acquire(0);
  if (lease === undefined) throw new Error('busy');
  return lease;
}

/** What has come of a promise by now. */
function follow<T>(promise: Promise<T>): { value?: T; error?: unknown } {
  const state: { value?: T; error?: unknown } = {};
  promise.then(
    (value) => {
      state.value = value;
    },
    (error: unknown) => {
      state.error = error;
    },
  );
  return state;
}

const leaseOf = (kind: string) => [...cluster.objects.keys()].find((key) => key.includes(kind)) ?? '';

describe('a build', () => {
  it('begins at once where nobody collects, and leaves the name of its image', async () => {
    const lease = await leasesOf('anna').begin(build);
    expect(JSON.stringify(cluster.objects.get(leaseOf('kdev-build-')))).toContain(`kdev/web:${build.tag}`);
    await lease.built('sha256:1');
    expect(JSON.stringify(cluster.objects.get(leaseOf('kdev-build-')))).toContain('kdev/web@sha256:1');
    await lease.release();
    expect(cluster.objects.size).toBe(0);
  });

  it('waits until a collection has ended, and says for whom', async () => {
    const collection = await collecting();
    const why: string[] = [];
    const begun = follow(leasesOf('anna').begin({ ...build, onWait: (text) => why.push(text) }));
    await clock.pass(5_000);
    expect(begun).toEqual({});
    expect(why).toEqual(['the collector collects the registry’s garbage']);
    await collection.release({ collected: true });
    await clock.pass(1_000);
    expect(begun.value).toBeDefined();
  });

  it('waits no longer for a collector of this machine that is dead', async () => {
    await collecting();
    dead.add('the collector');
    const begun = follow(leasesOf('anna').begin(build));
    await settled();
    expect(begun.value).toBeDefined();
  });

  it('waits no longer than its Lease lasts for a collector that is heard of no more', async () => {
    const collection = await collecting();
    // As a killed process does: neither renewed nor given back.
    const silent = [...cluster.objects];
    await collection.release({ collected: false });
    for (const [key, object] of silent) cluster.objects.set(key, object);
    const begun = follow(leasesOf('anna').begin(build));
    await clock.pass(25_000);
    expect(begun).toEqual({});
    await clock.pass(10_000);
    expect(begun.value).toBeDefined();
  });

  it('gives up on a collection that does not end (collection-stuck), and takes its Lease away', async () => {
    await collecting();
    const begun = follow(leasesOf('anna').begin(build));
    await clock.pass(601_000);
    expect(begun.error).toMatchObject({ code: 'collection-stuck' });
    expect(leaseOf('kdev-build-')).toBe('');
  });

  it('that was taken for dead says so (build-lease-lost) rather than name what may be gone', async () => {
    const lease = await leasesOf('anna').begin(build);
    cluster.objects.delete(leaseOf('kdev-build-'));
    await expect(lease.built('sha256:1')).rejects.toMatchObject({ code: 'build-lease-lost' });
  });

  it('makes the namespace of its Lease where it is not there', async () => {
    let made = false;
    const create = async (object: Parameters<FakeCluster['create']>[0]) => {
      if (made) return cluster.create(object);
      return cluster.patch({ ...object, name: 'nothing' }, {});
    };
    const partly = { get: cluster.get.bind(cluster), patch: cluster.patch.bind(cluster), create } as const;
    const leases = createBuildLeases({
      cluster: { ...partly, delete: cluster.delete.bind(cluster) },
      clock,
      words: words('anna'),
      ensureNamespace: async () => {
        made = true;
      },
    });
    await leases.begin(build);
    expect(leaseOf('kdev-build-')).not.toBe('');
  });
});

describe('a collection', () => {
  it('does not begin while a build runs, and begins when it has its image', async () => {
    const lease = await leasesOf('anna').begin(build);
    const why: string[] = [];
    const taken = follow(acquire(60_000, (text) => why.push(text)));
    await clock.pass(40_000);
    expect(taken).toEqual({});
    expect(why).toEqual([`anna builds kdev/web:${build.tag}`]);
    await lease.built('sha256:1');
    await clock.pass(2_000);
    expect(taken.value?.builds.map(({ image }) => image)).toEqual(['kdev/web@sha256:1']);
  });

  it('takes a build for dead whose machine says nothing for as long as its Lease lasts', async () => {
    const lease: BuildLease = await leasesOf('anna').begin(build);
    const silent = [...cluster.objects];
    await lease.release();
    for (const [key, object] of silent) cluster.objects.set(key, object);
    const taken = follow(acquire(60_000));
    await clock.pass(25_000);
    expect(taken).toEqual({});
    await clock.pass(10_000);
    expect(taken.value).toBeDefined();
  });

  it('is one at a time', async () => {
    await collecting();
    expect(await acquire(0)).toBeUndefined();
  });

  it('knows when another one has taken its place (collection-lost)', async () => {
    const collection = await collecting();
    const key = leaseOf('kdev-collection');
    const object = cluster.objects.get(key);
    if (object) cluster.objects.set(key, { ...object, spec: { holderIdentity: 'somebody else' } });
    await clock.pass(11_000);
    expect(collection.lost.reason).toMatchObject({ code: 'collection-lost' });
  });
});

describe('an empty registry', () => {
  let asked: number;
  const options = (): CollectOptions & Required<Pick<CollectOptions, 'storage'>> => ({
    ...{ cluster, clock, namespace, ensureNamespace, words: words('the collector') },
    ...{ prefix: 'kdev/', knownRepositories: [], policy: { keep: 5, olderThanMs: 0 } },
    ...{ dryRun: false, waitMs: 0, reporter: silentReporter },
    request: Object.assign(async () => Response.json({ repositories: [] }), {
      ...{ host: 'registry', base: 'http://registry/v2/' },
    }),
    storage: {
      bytes: async () => 0,
      pushedAt: async () => new Map(),
      collect: async (work) => {
        asked += 1;
        await work();
      },
    },
  });
  beforeEach(() => {
    asked = 0;
  });

  it('is not collected while a build runs (collection-busy)', async () => {
    await leasesOf('anna').begin(build);
    await expect(collect(options())).rejects.toMatchObject({ code: 'collection-busy' });
    expect(await maybeCollect(options())).toBeUndefined();
    expect(asked).toBe(0);
  });

  it('is collected by itself once a day, by whoever shares it', async () => {
    expect(await maybeCollect(options())).toMatchObject({ goes: [] });
    expect(await maybeCollect(options())).toBeUndefined();
    await clock.pass(23 * 3_600_000);
    expect(await maybeCollect(options())).toBeUndefined();
    await clock.pass(2 * 3_600_000);
    expect(await maybeCollect(options())).toBeDefined();
    expect(asked).toBe(2);
  });

  it('forgets builds that ended long ago, and keeps the young ones', async () => {
    await (await leasesOf('anna').begin(build)).built('sha256:1');
    await collect(options());
    expect(leaseOf('kdev-build-')).not.toBe('');
    await clock.pass(2 * 3_600_000);
    await (await leasesOf('anna').begin(build)).built('sha256:2');
    await collect(options());
    const left = [...cluster.objects.values()].filter(({ metadata }) =>
      metadata.name.startsWith('kdev-build-'),
    );
    expect(left.map((object) => JSON.stringify(object).includes('sha256:2'))).toEqual([true]);
  });
});
