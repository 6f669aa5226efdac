import { KdevError } from '../core/error.ts';
import type { BuildRequest, BuiltImage, ImageBuilder } from '../core/ports/builder.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import { type BuildLane, buildInPod } from './build-in-pod.ts';
import { digestInputs, repositoryOf, tagOfInputs } from './build-inputs.ts';
import { buildkitdConfig } from './buildkitd-config.ts';
import { readContext } from './context.ts';
import { createLayerCache } from './layer-cache.ts';
import { nodePlatform } from './node-platform.ts';
import { findRegistry, type Registry } from './registry.ts';
import { createRegistryClient } from './registry-client.ts';
import { createRegistryRequest } from './registry-request.ts';

export interface BuilderOptions {
  readonly cluster: Cluster;
  /** Name of the project; with the service's it names the repository. */
  readonly project: string;
  /** kdev's builder image, as nodes pull it. */
  readonly image: string;
  /** @default 'kdev-builder' */
  readonly namespace?: string;
  /** @default the one that the cluster advertises */
  readonly registry?: Registry | undefined;
  /** PEM text of this machine's authorities, for registries whose TLS they sign. @default the image's own */
  readonly caBundle?: string | undefined;
  /** Folder on this machine that layers are kept in for registries that go with their cluster. @default none are */
  readonly layersDir?: string | undefined;
}

/** The sources changed while they were sent, or the builder's pod went: the next try is likely to succeed. */
const startsOver = new Set(['context-changed', 'builder-lost']);
const attempts = 3;

/**
 * The build lane: context → inputs → the registry has it, or: builder pod → delta → BuildKit → registry.
 * Facts about the cluster (registry, platform) are asked for once, by the first build.
 */
export function createBuilder(options: BuilderOptions): ImageBuilder {
  let lane: Promise<BuildLane> | undefined;
  const openLane = async (): Promise<BuildLane> => {
    lane ??= askCluster(options);
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
      const lane = await openLane();
      for (let attempt = 1; ; attempt++) {
        try {
          const image = await buildOnce(lane, request);
          return { ...image, ms: performance.now() - start };
        } catch (error) {
          const again = error instanceof KdevError && startsOver.has(error.code);
          if (!again || attempt === attempts) throw error;
          request.reporter.detail(`${error.what} Starting over.`);
        }
      }
    },
  };
}

async function askCluster(options: BuilderOptions): Promise<BuildLane> {
  const { caBundle, cluster, image, layersDir, namespace = 'kdev-builder', project } = options;
  const [facts, platform] = await Promise.all([
    findRegistry({ cluster, configured: options.registry }),
    nodePlatform(cluster),
  ]);
  const request = createRegistryRequest(facts.registry);
  return {
    cluster,
    project,
    platform,
    registry: facts.registry,
    images: createRegistryClient(request),
    settings: { namespace, image, buildkitd: buildkitdConfig(facts), caBundle },
    ...(facts.shortLived && layersDir !== undefined ? { layers: createLayerCache(request, layersDir) } : {}),
    warm: new Set(),
  };
}

async function buildOnce(lane: BuildLane, request: BuildRequest): Promise<Omit<BuiltImage, 'ms'>> {
  const { build, projectRoot, reporter, service, signal } = request;
  reporter.detail(`reading the build context ${build.context}`);
  const context = await readContext({ projectRoot, build, signal });
  const platform = build.platform ?? lane.platform;
  const inputs = digestInputs(context, build, platform);
  const tag = tagOfInputs(inputs);
  const repository = repositoryOf(lane.project, service);

  const present = request.force === true ? undefined : await lane.images.resolve(repository, tag, signal);
  const digest = present ?? (await buildInPod({ lane, request, context, platform, repository, tag }));
  const config = await lane.images.readConfig(repository, digest, signal);
  const reference = `${lane.registry.fromNodes}/${repository}@${digest}`;
  return { reference, tag, digest, inputs, config, built: present === undefined };
}
