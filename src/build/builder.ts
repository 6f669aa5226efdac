import { homedir } from 'node:os';
import { KdevError } from '../core/error.ts';
import type { BuildLeases } from '../core/ports/build-leases.ts';
import type { BuildRequest, BuiltImage, ImageBuilder, ImageConfig } from '../core/ports/builder.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { RegistryProvider } from '../core/ports/registry.ts';
import { basesToRecord, isPinnedBaseGone } from './base-options.ts';
import { buildByCommand } from './build-by-command.ts';
import { type BuildLane, buildInPod } from './build-in-pod.ts';
import { digestInputs, repositoryOf, tagOfInputs } from './build-inputs.ts';
import type { Machine } from './build-secrets.ts';
import { keptByBuildkit } from './builder-objects.ts';
import { findOwner } from './builder-owner.ts';
import { findStorage } from './builder-storage.ts';
import { buildkitdConfig } from './buildkitd-config.ts';
import { readContext, readDockerfile } from './context.ts';
import { ContextDigests } from './context-digests.ts';
import { createLaneBases } from './lane-bases.ts';
import { createLayerCache } from './layer-cache.ts';
import { nodePlatform } from './node-platform.ts';
import { parsePushName, resolvePushName } from './push-name.ts';

export interface BuilderOptions {
  readonly cluster: Cluster;
  /** Name of the project; with the service's it names the repository. */
  readonly project: string;
  /** kdev's builder image, as nodes pull it. */
  readonly image: string;
  /** Namespace of the builder. @default 'kdev-builder' */
  readonly namespace?: string;
  /** What the builder may keep, as Kubernetes writes quantities. @default '20Gi' */
  readonly cacheSize?: string | undefined;
  /** Of the volume that the builder's cache lies on. @default the cluster's default one, if it has one */
  readonly storageClass?: string | undefined;
  /** Where images go. */
  readonly registry: RegistryProvider;
  /** PEM text of this machine's authorities, for registries whose TLS they sign. @default the image's own */
  readonly caBundle?: string | undefined;
  /** Folder on this machine that layers are kept in for registries that go with their cluster. @default none are */
  readonly layersDir?: string | undefined;
  /** Folder on this machine that the digests of base images are kept in. @default they are not */
  readonly basesDir?: string | undefined;
  /** Folder on this machine that the digests of files in contexts are kept in. @default they are not */
  readonly contextsDir?: string | undefined;
  /** Keeps builds and the collection of the registry's garbage apart. @default nothing is ever collected */
  readonly leases?: BuildLeases | undefined;
  /** Where secrets and the ssh agent are. @default this process's environment */
  readonly machine?: Machine;
}

/** The builder's pod went, or the sources changed while they were sent: so many tries are worth it. */
const attemptsOf: Readonly<Record<string, number>> = {
  'builder-lost': 3,
  'build-lease-lost': 3,
  // An editor that saves by itself meets the moment of sending more than once.
  'context-changed': 10,
};

/**
 * The build lane: context → inputs → the registry has it, or: builder pod → delta → BuildKit → registry.
 * Facts about the cluster (registry, platform) are asked for once, by the first build.
 */
export function createBuilder(options: BuilderOptions): ImageBuilder {
  let lane: Promise<BuildLane> | undefined;
  const openLane = async (request: Pick<BuildRequest, 'reporter' | 'signal'>): Promise<BuildLane> => {
    lane ??= askCluster(options, request);
    try {
      return await lane;
    } catch (error) {
      lane = undefined;
      throw error;
    }
  };
  return {
    build: async (request) => {
      const start = performance.now();
      const lane = await openLane(request);
      let maxAgeMs: number | undefined;
      for (let attempt = 1; ; attempt++) {
        try {
          const image = await buildOnce(lane, request, maxAgeMs);
          return { ...image, ms: performance.now() - start };
        } catch (error) {
          if (!(error instanceof KdevError)) throw error;
          const isBaseGone = maxAgeMs === undefined && isPinnedBaseGone(error);
          if (isBaseGone) maxAgeMs = 0;
          if (!isBaseGone && attempt >= (attemptsOf[error.code] ?? 0)) throw error;
          request.reporter.detail(`${error.what} Starting over.`);
        }
      }
    },
    has: async (reference, asked) => {
      const { images, own, registry } = (await openLane(asked)).open;
      const host = `${registry.fromNodes}/`;
      // Of the other kinds none forgets; asking them before each start would be for nothing.
      if (own?.lasting !== false || !reference.startsWith(host)) return true;
      const [repository = '', digest = ''] = reference.slice(host.length).split('@');
      return (await images.resolve(repository, digest, asked.signal)) !== undefined;
    },
    bases: async (request) => {
      const lane = await openLane(request);
      const { build, projectRoot, maxAgeMs } = request;
      const platform = build.platform ?? lane.platform;
      return lane.bases({
        request,
        dockerfile: (await readDockerfile(projectRoot, build)).text,
        platform,
        maxAgeMs,
      });
    },
  };
}

async function askCluster(
  options: BuilderOptions,
  asked: Pick<BuildRequest, 'reporter' | 'signal'>,
): Promise<BuildLane> {
  const { caBundle, cluster, image, layersDir, project } = options;
  const { cacheSize = '20Gi', namespace = 'kdev-builder', storageClass } = options;
  const [open, platform, owner, volume] = await Promise.all([
    options.registry.open({ reporter: asked.reporter, signal: asked.signal }),
    nodePlatform(cluster),
    findOwner(cluster),
    findStorage(cluster, storageClass),
  ]);
  const buildkitd = buildkitdConfig(open, keptByBuildkit(cacheSize));
  return {
    ...{ cluster, project, platform, open },
    bases: createLaneBases(open, options.basesDir),
    settings: { namespace, image, owner: owner.label, buildkitd, cacheSize, volume, caBundle },
    ...(open.shortLived && layersDir !== undefined
      ? { layers: createLayerCache(open.request, layersDir) }
      : {}),
    digests: new ContextDigests(options.contextsDir),
    configs: new Map(),
    // Nobody collects a registry of somebody else's.
    leases: open.own || open.shortLived ? options.leases : undefined,
    machine: options.machine ?? { env: process.env, home: homedir() },
    sent: new Map(),
    warm: new Set(),
  };
}

async function buildOnce(
  lane: BuildLane,
  request: BuildRequest,
  maxAgeMs: number | undefined,
): Promise<Omit<BuiltImage, 'ms'>> {
  const { build, projectRoot, reporter, service, signal } = request;
  reporter.detail(`reading the build context ${build.context}`);
  const context = await readContext({ projectRoot, build, digests: lane.digests, signal });
  const platform = build.platform ?? lane.platform;
  const bases = await lane.bases({ request, dockerfile: context.dockerfile.text, platform, maxAgeMs });
  const inputs = digestInputs(context, build, platform, basesToRecord(bases));
  const tag = tagOfInputs(inputs);
  const repository = `${lane.open.registry.prefix ?? ''}${repositoryOf(lane.project, service)}`;

  const pushAs =
    request.pushAs === undefined
      ? undefined
      : resolvePushName(parsePushName(request.pushAs), lane.open.registry, tag);
  const onWait = reporter.step;
  const lease = await lane.leases?.begin({ repository, tag, signal, onWait });
  try {
    const always = request.force === true || pushAs !== undefined;
    const present = always ? undefined : await lane.open.images.resolve(repository, tag, signal);
    if (present === undefined && build.command !== undefined) {
      const image = await buildByCommand({
        lane,
        request,
        platform,
        repository,
        tag,
        pushAs: pushAs?.pushed,
      });
      await lease?.built(image.digest);
      return { ...image, tag, inputs, bases: {}, built: true };
    }
    const digest =
      present ??
      (await buildInPod({
        lane,
        request,
        context,
        platform,
        bases,
        repository,
        tag,
        pushAs: pushAs?.pushed,
      }));
    await lease?.built(digest);
    const config = await readConfig(lane, repository, digest, signal);
    const reference = `${lane.open.registry.fromNodes}/${repository}@${digest}`;
    return {
      ...{ reference, tag, digest, inputs, config },
      ...(pushAs && { pushedAs: `${pushAs.pulled}@${digest}` }),
      bases: basesToRecord(bases),
      built: present === undefined,
    };
  } catch (error) {
    await lease?.release();
    throw error;
  }
}

/** A digest stands for one configuration, so each is asked for once. */
async function readConfig(
  { configs, open }: BuildLane,
  repository: string,
  digest: string,
  signal: AbortSignal | undefined,
): Promise<ImageConfig> {
  const config = configs.get(digest) ?? (await open.images.readConfig(repository, digest, signal));
  configs.set(digest, config);
  return config;
}
