import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { createBuilder } from '../src/build/builder.ts';
import type { ImageBuilder } from '../src/core/ports/builder.ts';
import type { Cluster } from '../src/core/ports/cluster.ts';
import { silentReporter } from '../src/core/reporter.ts';
import { imageNames } from '../src/images/image-names.ts';
import { createCluster } from '../src/kubernetes/cluster.ts';
import { createRegistry } from '../src/registry/create-registry.ts';
import { changeTree, makeBuildTree } from './build-tree.ts';
import { fixtureReference } from './fixture-image.ts';
import { measureReady } from './measure-ready.ts';
import type { Measurement } from './measurement.ts';
import { type BuildPlace, otherBuilders } from './other-builders.ts';
import { round, timing } from './result.ts';

const namespace = 'kdev-builder';
/** The first ones make the builder, or find its caches cold. */
const warmUps = 2;
const mostBuilds = 20;

/** From a changed file to a pushed image, by kdev's build lane and by others; and to a pod that runs it. */
export async function measureBuilds(measurement: Measurement): Promise<void> {
  const { alone, cases, place } = measurement;
  const chosen = (['rebuild-pushed', 'rebuild-unchanged', 'context-200mb'] as const).filter((name) =>
    cases.includes(name),
  );
  if (chosen.length > 0) {
    const cluster = await createCluster({ kubeconfig: { type: 'text', text: place.box.kubeconfig } });
    const { counted, sent } = countSent(cluster);
    const registry = createRegistry({
      ...{ cluster, image: imageNames.registry, namespace, env: place.env },
      app: { namespace: 'default', project: 'bench' },
    });
    const builder = createBuilder({
      ...{ cluster: counted, project: place.run, image: imageNames.builder, registry },
      contextsDir: path.join(place.dir, 'digests'),
    });
    for (const name of chosen) {
      const root = path.join(place.dir, name);
      await mkdir(root);
      await makeBuildTree(root, { image: fixtureReference, large: name === 'context-200mb' });
      await measureKdevBuilds(measurement, { name, root, builder, sent });
      if (alone || name === 'rebuild-unchanged') continue;
      const open = await registry.open({ reporter: silentReporter });
      const where: BuildPlace = { place, cluster, root, namespace, open };
      for (const { who, prepare, build } of otherBuilders) {
        place.reporter.step(`${name}: ${who}`);
        await prepare(where);
        await series(measurement, { name, who, root, build: () => build(where) });
      }
    }
  }
  if (cases.includes('rebuild-ready')) await measureReady(measurement);
}

async function measureKdevBuilds(
  measurement: Measurement,
  of: {
    readonly name: string;
    readonly root: string;
    readonly builder: ImageBuilder;
    readonly sent: () => number;
  },
): Promise<void> {
  const { name, root, builder, sent } = of;
  const { place, report, signal } = measurement;
  place.reporter.step(`${name}: kdev`);
  const changes = name !== 'rebuild-unchanged';
  const build = async (): Promise<void> => {
    const { built } = await builder.build({
      service: name,
      projectRoot: root,
      build: { dockerfile: 'Dockerfile', context: '.', args: {} },
      reporter: silentReporter,
      signal,
    });
    if (built !== changes && !changes) throw new Error('it was built although nothing had changed');
  };
  if (!changes) await builderReady(build);
  const { bytes } = await series(measurement, {
    name,
    who: 'kdev',
    root: changes ? root : undefined,
    build,
    sent,
  });
  if (name === 'context-200mb')
    report({
      case: `${name}.sent`,
      who: 'kdev',
      n: bytes.length,
      value: round(Math.max(...bytes) / 1e6),
      unit: 'MB',
    });
}

/** The first build of a tree is no unchanged one. */
async function builderReady(build: () => Promise<void>): Promise<void> {
  await build().catch((error: unknown) => {
    if (!(error instanceof Error) || error.message !== 'it was built although nothing had changed')
      throw error;
  });
}

async function series(
  { report, saves, signal }: Measurement,
  of: {
    readonly name: string;
    readonly who: string;
    /** Whose tree is changed before each build. */
    readonly root: string | undefined;
    readonly build: () => Promise<void>;
    readonly sent?: () => number;
  },
): Promise<{ readonly bytes: readonly number[] }> {
  const { build, name, root, sent = () => 0, who } = of;
  const samples: number[] = [];
  const bytes: number[] = [];
  for (let number = 0; number < warmUps + Math.min(saves, mostBuilds); number++) {
    signal.throwIfAborted();
    const before = sent();
    const start = performance.now();
    if (root !== undefined) await changeTree(root);
    await build();
    if (number < warmUps) continue;
    samples.push(performance.now() - start);
    bytes.push(sent() - before);
  }
  report(timing({ case: name, who }, samples));
  return { bytes };
}

/** Counts what execs are sent, as the API server gets it. */
function countSent(cluster: Cluster): { readonly counted: Cluster; readonly sent: () => number } {
  let bytes = 0;
  const counted: Cluster = {
    ...cluster,
    exec: (options) => {
      const { stdin } = options;
      if (!stdin) return cluster.exec(options);
      const through = new PassThrough();
      stdin.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      stdin.pipe(through);
      return cluster.exec({ ...options, stdin: through });
    },
  };
  return { counted, sent: () => bytes };
}
