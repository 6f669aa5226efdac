import { messageOf } from '../core/error.ts';
import type { BuildRequest } from '../core/ports/builder.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import { buildFailure } from './build-failure.ts';
import { BuildProgress } from './build-progress.ts';
import { streamBuild } from './build-stream.ts';
import { buildctlArgs } from './buildctl-args.ts';
import type { BuilderSettings } from './builder-objects.ts';
import { ensureBuilderPod } from './builder-pod.ts';
import type { BuildContext } from './context.ts';
import type { LayerCache } from './layer-cache.ts';
import type { Registry } from './registry.ts';
import type { RegistryClient } from './registry-client.ts';

/** What all builds of one builder share. */
export interface BuildLane {
  readonly cluster: Cluster;
  readonly project: string;
  /** Of the cluster's nodes. */
  readonly platform: string;
  readonly registry: Registry;
  readonly images: RegistryClient;
  readonly settings: BuilderSettings;
  /** Where layers outlive a registry that goes with its cluster. */
  readonly layers?: LayerCache;
  /** Pod and repository: BuildKit in that pod has the repository's layers itself. */
  readonly warm: Set<string>;
}

export interface PodBuild {
  readonly lane: BuildLane;
  readonly request: BuildRequest;
  readonly context: BuildContext;
  readonly platform: string;
  readonly repository: string;
  readonly tag: string;
}

/**
 * Builds in the builder's pod, which is made where there is none, and pushes; resolves with the image's digest.
 *
 * @throws what `ensureBuilderPod`, `streamBuild` and `buildFailure` throw.
 */
export async function buildInPod({
  context,
  lane,
  platform,
  repository,
  request,
  tag,
}: PodBuild): Promise<string> {
  const { cluster, layers, registry, settings, warm } = lane;
  const { build, reporter, service, signal } = request;
  const [pod] = await Promise.all([
    ensureBuilderPod({ cluster, settings, reporter, signal }),
    layers && ignoringTrouble(request, layers.restore(repository, signal)),
  ]);
  reporter.step(`building ${service} (${build.dockerfile}${build.target ? `, target ${build.target}` : ''})`);
  const progress = new BuildProgress({ reporter, service, onLine: request.onLine ?? reporter.detail });
  const lines: string[] = [];
  const outcome = await streamBuild({
    cluster,
    namespace: settings.namespace,
    pod,
    context,
    args: buildctlArgs({
      build,
      dockerfile: context.dockerfile,
      platform,
      repository: `${registry.fromPods}/${repository}`,
      tag,
      importLayers: !warm.has(`${pod} ${repository}`),
    }),
    onStatus: (status) => progress.take(status),
    onLine: (line) => lines.push(line),
    signal,
  });
  const digest = outcome.metadata?.['containerimage.digest'];
  if (outcome.exitCode !== 0 || typeof digest !== 'string') {
    throw buildFailure({ service, dockerfile: build.dockerfile, failed: progress.failed, lines });
  }
  warm.add(`${pod} ${repository}`);
  await (layers && ignoringTrouble(request, layers.save(repository, signal)));
  return digest;
}

/** Kept layers save time; that they cannot be kept is no reason to fail. */
async function ignoringTrouble({ reporter, signal }: BuildRequest, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    signal?.throwIfAborted();
    reporter.detail(`layers could not be kept on this machine: ${messageOf(error)}`);
  }
}
