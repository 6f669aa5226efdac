import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KdevError } from '../../src/core/error.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { createBuildLeases } from '../../src/gc/build-leases.ts';
import { type Collected, collect } from '../../src/gc/collect.ts';
import { FakeCluster } from './fake-cluster.ts';
import { type LocalRegistry, startBoxRegistry, startOwnRegistry } from './local-registry.ts';
import { digestOf, pullWhole, pushImage, pushIndex } from './push-image.ts';

let registry: LocalRegistry;

const words = { mine: 'a test', describe: (holder: string) => holder, lives: () => true };
const ensureNamespace = async (): Promise<void> => undefined;

/** Nothing is too young to go: what keeps an image is that something names it, or a Lease. */
const policy = { keep: 0, olderThanMs: 0 };

function collectFrom(cluster: FakeCluster, waitMs = 20_000): Promise<Collected> {
  const { request, storage } = registry;
  return collect({
    ...{ cluster, request, storage, policy, waitMs, words, ensureNamespace },
    ...{ prefix: 'kdev/', knownRepositories: [], dryRun: false, reporter: silentReporter },
  });
}

type Keeper = 'Deployment' | 'ReplicaSet' | 'ControllerRevision' | 'lease' | 'nobody';

interface Build {
  readonly repository: string;
  readonly base: number;
  readonly code: number;
  /** For two platforms. */
  readonly index: boolean;
  readonly keeper: Keeper;
  /** Turns of the event loop that pass before the image is named. */
  readonly late: number;
}

const builds: fc.Arbitrary<Build> = fc.record({
  repository: fc.constantFrom('kdev/shop-web', 'kdev/shop-api'),
  base: fc.nat(2),
  code: fc.nat(5),
  index: fc.boolean(),
  keeper: fc.constantFrom<Keeper>('Deployment', 'ReplicaSet', 'ControllerRevision', 'lease', 'nobody'),
  late: fc.nat(30),
});
type Step = { readonly type: 'build'; readonly build: Build } | { readonly type: 'gc' | 'forget' | 'wait' };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: builds.map((build): Step => ({ type: 'build', build })) },
  { weight: 2, arbitrary: fc.constantFrom<Step>({ type: 'gc' }, { type: 'forget' }, { type: 'wait' }) },
);

/** A build as kdev's builder does it, and what follows from it; the image's digest. */
async function build(
  cluster: FakeCluster,
  { base, code, index, keeper, late, repository }: Build,
): Promise<string> {
  const layers = [`base ${base}`, `code ${code}`];
  const others = [`base ${base}`, `code ${code} of the other platform`];
  const tag = digestOf(`${layers} ${index}`).slice(7, 39);
  const leases = createBuildLeases({ cluster, ensureNamespace, words });
  const push = (): Promise<string> =>
    index
      ? pushIndex(registry.request, repository, tag, [layers, others])
      : pushImage(registry.request, repository, [tag], layers);
  const lease = await leases.begin({ repository, tag });
  const path = `${repository}/manifests/${tag}`;
  const found = (await registry.request('HEAD', path)).headers.get('docker-content-digest');
  const digest = found ?? (await push());
  await lease.built(digest);
  for (let turns = 0; turns < late; turns++) await new Promise((resolve) => setImmediate(resolve));
  if (keeper === 'lease') return digest;
  if (keeper !== 'nobody') {
    const image = `registry.example:5000/${repository}@${digest}`;
    const metadata = { name: `${keeper}-${base}-${code}-${index}`.toLowerCase(), namespace: repository };
    const object = { apiVersion: 'apps/v1', kind: keeper, metadata, spec: { image } };
    if (!(await cluster.get({ ...object, ...metadata }))) await cluster.create(object).catch(() => undefined);
  }
  await lease.release();
  return digest;
}

/** What the objects of the cluster name now. */
function named(cluster: FakeCluster): readonly (readonly [repository: string, digest: string])[] {
  return [...cluster.objects.values()].flatMap((object) =>
    [...JSON.stringify(object).matchAll(/(kdev\/[a-z-]+)@(sha256:[0-9a-f]{64})/g)].map(
      ([, repository = '', digest = '']) => [repository, digest] as const,
    ),
  );
}

describe.each([
  ['a box’s registry', startBoxRegistry],
  ['kdev’s own registry', startOwnRegistry],
])('in %s', (name, start) => {
  beforeAll(async () => {
    registry = await start();
  }, 300_000);
  afterAll(() => registry.stop());

  it('whatever is built while garbage is collected, every image that something names is whole afterwards', async () => {
    let collections = 0;
    let deleted = 0;
    let pulled = 0;
    const seed = Number(process.env['KDEV_SEED'] ?? Date.now() % 1_000_000);
    // A slow machine does fewer runs, none of them in part: the registry ends after the last one.
    const end = performance.now() + 60_000;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
        if (performance.now() > end && deleted > 0 && pulled > 0) return;
        const cluster = new FakeCluster();
        const running: Promise<unknown>[] = [];
        const start = (work: Promise<unknown>): void => {
          work.catch(() => undefined); // told at the end
          running.push(work);
        };
        const gc = async (): Promise<void> => {
          const { goes } = await collectFrom(cluster, 5_000);
          collections += 1;
          deleted += goes.length;
        };
        for (const each of steps) {
          if (each.type === 'build') start(build(cluster, each.build));
          else if (each.type === 'gc') start(gc().catch(ignoreBusy));
          else if (each.type === 'wait') await Promise.allSettled(running);
          else {
            const object = [...cluster.objects].find(([, { kind }]) => kind !== 'Lease');
            if (object) cluster.objects.delete(object[0]);
          }
        }
        await Promise.allSettled(running);
        await Promise.all(running);
        await gc();
        for (const [repository, digest] of named(cluster)) {
          await pullWhole(registry.request, repository, digest);
          pulled += 1;
        }
      }),
      { seed, numRuns: 5, endOnFailure: true },
    );
    process.stderr.write(
      `gc property, ${name}: seed ${seed} (KDEV_SEED), ${collections} collections, ${deleted} manifests deleted, ${pulled} pulled whole\n`,
    );
    expect(collections).toBeGreaterThan(0);
    expect(deleted).toBeGreaterThan(0);
    expect(pulled).toBeGreaterThan(0);
  }, 180_000);
});

function ignoreBusy(error: unknown): void {
  if (!(error instanceof KdevError && error.code === 'collection-busy')) throw error;
}
