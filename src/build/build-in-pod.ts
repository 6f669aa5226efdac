import { messageOf } from '../core/error.ts';
import type { BuildLeases } from '../core/ports/build-leases.ts';
import type { BaseImage, BuildRequest, ImageConfig } from '../core/ports/builder.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { OpenRegistry } from '../core/ports/registry.ts';
import { askBase } from './ask-base.ts';
import { buildFailure } from './build-failure.ts';
import { BuildProgress } from './build-progress.ts';
import { type Machine, readConfidential } from './build-secrets.ts';
import { streamBuild } from './build-stream.ts';
import { buildctlArgs } from './buildctl-args.ts';
import type { BuilderSettings } from './builder-objects.ts';
import { ensureBuilderPod } from './builder-pod.ts';
import { cacheImports, firstThere } from './cache-imports.ts';
import type { BuildContext } from './context.ts';
import type { ContextDigests } from './context-digests.ts';
import type { LaneBases } from './lane-bases.ts';
import type { LayerCache } from './layer-cache.ts';

/** What all builds of one builder share. */
export interface BuildLane {
  readonly cluster: Cluster;
  readonly project: string;
  /** Of the cluster's nodes. */
  readonly platform: string;
  readonly open: OpenRegistry;
  readonly bases: LaneBases;
  readonly settings: BuilderSettings;
  /** Where layers outlive a registry that goes with its cluster. */
  readonly layers?: LayerCache;
  readonly digests: ContextDigests;
  /** Of images that this process knows, by digest. */
  readonly configs: Map<string, ImageConfig>;
  readonly leases: BuildLeases | undefined;
  readonly machine: Machine;
  /** The context that a pod was sent last, by pod and repository. */
  readonly sent: Map<string, BuildContext>;
  /** Pod and repository: BuildKit in that pod has the repository's layers itself. */
  readonly warm: Set<string>;
}

export interface PodBuild {
  readonly lane: BuildLane;
  readonly request: BuildRequest;
  readonly context: BuildContext;
  readonly platform: string;
  readonly bases: readonly BaseImage[];
  readonly repository: string;
  readonly tag: string;
  /** A further name to push by, as the builder spells it. */
  readonly pushAs?: string | undefined;
}

/**
 * Builds in the builder's pod, which is made where there is none, and pushes; resolves with the image's digest.
 *
 * @throws what `ensureBuilderPod`, `streamBuild` and `buildFailure` throw.
 */
export async function buildInPod({
  bases,
  context,
  lane,
  platform,
  pushAs,
  repository,
  request,
  tag,
}: PodBuild): Promise<string> {
  const { cluster, layers, open, sent, settings, warm } = lane;
  const { build, projectRoot, reporter, service, signal } = request;
  const confidential = await readConfidential(build, projectRoot, lane.machine);
  const [pod] = await Promise.all([
    ensureBuilderPod({ cluster, settings, reporter, signal }),
    open.proveNodesPull({ reporter, signal }),
    layers && ignoringTrouble(request, layers.restore(repository, signal)),
  ]);
  const place = `${pod} ${repository}`;
  const pushed = `${open.registry.fromPods}/${repository}`;
  const imports = await firstThere(cacheImports(pushed, build.cache, !warm.has(place)), {
    ask: askBase(open),
    onMissing: (name) => reporter.detail(`no layers are taken from ${name}: there is no such image`),
    signal,
  });
  reporter.step(`building ${service} (${build.dockerfile}${build.target ? `, target ${build.target}` : ''})`);
  const { conceal } = confidential;
  const progress = new BuildProgress({
    reporter,
    service,
    onLine: request.onLine ?? reporter.detail,
    conceal,
  });
  const lines: string[] = [];
  const outcome = await streamBuild({
    cluster,
    namespace: settings.namespace,
    pod,
    source: repository,
    context,
    base: sent.get(place),
    args: buildctlArgs({
      build,
      dockerfile: context.dockerfile,
      platform,
      bases,
      repository: pushed,
      tag,
      pushAs,
      imports,
    }),
    confidential,
    credentials: open.credentials,
    onStatus: (status) => progress.take(status),
    onLine: (line) => lines.push(conceal(line)),
    signal,
  });
  sent.set(place, context);
  const digest = outcome.metadata?.['containerimage.digest'];
  if (outcome.exitCode !== 0 || typeof digest !== 'string') {
    const facts = { service, dockerfile: build.dockerfile, platform };
    const failure = buildFailure({ ...facts, failed: progress.failed, lines });
    if (failure.code !== 'registry-refused-push') throw failure;
    throw (await open.explainPush(failure.why ?? failure.what, signal)) ?? failure;
  }
  warm.add(place);
  // Nobody waits for it; a process that ends meanwhile keeps what was there before.
  layers?.save(repository).catch((error: unknown) => reporter.detail(notKept(error)));
  return digest;
}

/** Kept layers save time; that they cannot be kept is no reason to fail. */
async function ignoringTrouble({ reporter, signal }: BuildRequest, work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    signal?.throwIfAborted();
    reporter.detail(notKept(error));
  }
}

function notKept(error: unknown): string {
  return `layers could not be kept on this machine: ${messageOf(error)}`;
}
