import { KdevError } from '../core/error.ts';
import type { BuildRequest, BuiltImage, ImageBuilder } from '../core/ports/builder.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import { buildFailure } from './build-failure.ts';
import { digestInputs, repositoryOf, tagOfInputs } from './build-inputs.ts';
import { BuildProgress } from './build-progress.ts';
import { streamBuild } from './build-stream.ts';
import { buildctlArgs } from './buildctl-args.ts';
import { ensureBuilderPod } from './builder-pod.ts';
import { buildkitdConfig } from './buildkitd-config.ts';
import { type BuildContext, readContext } from './context.ts';
import { nodePlatform } from './node-platform.ts';
import { findRegistry, type Registry, type RegistryFacts } from './registry.ts';
import { createRegistryClient } from './registry-client.ts';

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
}

/** The sources changed while they were sent, or the builder's pod went: the next try is likely to succeed. */
const startsOver = new Set(['context-changed', 'builder-lost']);
const attempts = 3;

/**
 * The build lane: context → inputs → the registry has it, or: builder pod → delta → BuildKit → registry.
 * Facts about the cluster (registry, platform) are asked for once, by the first build.
 */
export function createBuilder(options: BuilderOptions): ImageBuilder {
  let facts: Promise<ClusterFacts> | undefined;
  const clusterFacts = async (): Promise<ClusterFacts> => {
    facts ??= askCluster(options);
    try {
      return await facts;
    } catch (error) {
      facts = undefined;
      throw error;
    }
  };
  return {
    build: async (request) => {
      const start = performance.now();
      const known = await clusterFacts();
      for (let attempt = 1; ; attempt++) {
        try {
          return await buildOnce({ options, request, facts: known, start });
        } catch (error) {
          const again = error instanceof KdevError && startsOver.has(error.code);
          if (!again || attempt === attempts) throw error;
          request.reporter.detail(`${error.what} Starting over.`);
        }
      }
    },
  };
}

interface ClusterFacts extends RegistryFacts {
  readonly platform: string;
}

async function askCluster({ cluster, registry }: BuilderOptions): Promise<ClusterFacts> {
  const [found, platform] = await Promise.all([
    findRegistry({ cluster, configured: registry }),
    nodePlatform(cluster),
  ]);
  return { ...found, platform };
}

interface OneBuild {
  readonly options: BuilderOptions;
  readonly request: BuildRequest;
  readonly facts: ClusterFacts;
  readonly start: number;
}

async function buildOnce({ facts, options, request, start }: OneBuild): Promise<BuiltImage> {
  const { build, projectRoot, reporter, service, signal } = request;
  const { registry } = facts;
  const platform = build.platform ?? facts.platform;
  reporter.detail(`reading the build context ${build.context}`);
  const context = await readContext({ projectRoot, build, signal });
  const inputs = digestInputs(context, build, platform);
  const tag = tagOfInputs(inputs);
  const repository = repositoryOf(options.project, service);
  const images = createRegistryClient(registry);
  const finish = async (digest: string, built: boolean): Promise<BuiltImage> => {
    const config = await images.readConfig(repository, digest, signal);
    const reference = `${registry.fromNodes}/${repository}@${digest}`;
    return { reference, tag, digest, inputs, config, built, ms: performance.now() - start };
  };

  const present = await images.resolve(repository, tag, signal);
  if (present !== undefined) return finish(present, false);
  const name = `${registry.fromPods}/${repository}:${tag}`;
  const args = buildctlArgs({ build, dockerfile: context.dockerfile, platform, name });
  return finish(await buildInPod({ options, request, facts, start }, context, args), true);
}

/** Builds and pushes; resolves with the image's digest. */
async function buildInPod(
  { facts, options, request }: OneBuild,
  context: BuildContext,
  args: readonly string[],
): Promise<string> {
  const { cluster, namespace = 'kdev-builder' } = options;
  const { build, reporter, service, signal } = request;
  const settings = {
    namespace,
    image: options.image,
    buildkitd: buildkitdConfig(facts),
    caBundle: options.caBundle,
  };
  const pod = await ensureBuilderPod({ cluster, settings, reporter, signal });
  reporter.step(`building ${service} (${build.dockerfile}${build.target ? `, target ${build.target}` : ''})`);
  const progress = new BuildProgress({ reporter, service });
  const lines: string[] = [];
  const outcome = await streamBuild({
    cluster,
    namespace,
    pod,
    context,
    args,
    onStatus: (status) => progress.take(status),
    onLine: (line) => lines.push(line),
    signal,
  });
  const digest = outcome.metadata?.['containerimage.digest'];
  if (outcome.exitCode !== 0 || typeof digest !== 'string') {
    throw buildFailure({ service, dockerfile: build.dockerfile, failed: progress.failed, lines });
  }
  return digest;
}
