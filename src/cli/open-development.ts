import path from 'node:path';
import { cacheRoot } from '../artifacts/cache-root.ts';
import { stateRoot } from '../box/state-root.ts';
import { Development } from '../compose/develop.ts';
import type { TakeOver } from '../compose/lease.ts';
import { withBuildDefaults } from '../compose/with-build-defaults.ts';
import { chooseServices } from '../config/choose-services.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { Project, Service } from '../core/service.ts';
import { imageNames } from '../images/image-names.ts';
import { renderManifests } from '../manifests/render-manifests.ts';
import { createWatcher } from '../watch/create-watcher.ts';
import type { Invocation } from './command.ts';
import { guardCluster } from './guard-cluster.ts';
import { limitCluster } from './limit-cluster.ts';
import { openBuilder } from './open-builder.ts';
import { openCluster } from './open-cluster.ts';
import { guardEnvironment, type OpenProject, openProject } from './open-project.ts';
import { openRegistry } from './open-registry.ts';
import { provideKustomize } from './provide-kustomize.ts';
import { readDuration } from './read-duration.ts';
import { readRate } from './read-rate.ts';
import { readVersion } from './version.ts';
import { watchConfig } from './watch-config.ts';

/** How long the last calls to the cluster may take when everything else has ended, ms. */
const farewellMs = 2_000;

export interface OpenDevelopment extends OpenProject {
  readonly development: Development;
  readonly cluster: Cluster;
  /** Of the cluster that it works in. */
  readonly context: string;
  readonly services: readonly Service[];
}

export interface DevelopmentWish {
  /** Whether it goes on when everything is up: ports are opened then, and an app that crashes is waited for. */
  readonly stays: boolean;
  /** @default the services that are named, and what they depend on */
  readonly choose?: (project: Project, names: readonly string[]) => readonly Service[];
  /** Asked about a workload that another session holds. @default that is an error */
  readonly askTakeOver?: TakeOver;
}

/**
 * Everything that `kdev up` and `kdev watch` work with, put together; nothing has been written to the cluster yet.
 *
 * @throws what configuration, environment guard and cluster throw.
 */
export async function openDevelopment(
  invocation: Invocation,
  { stays, choose = chooseServices, askTakeOver = false }: DevelopmentWish,
): Promise<OpenDevelopment> {
  const { args, bus, options, reporter, signal, surroundings } = invocation;
  const opened = await openProject(invocation);
  const { project, environment } = opened;
  guardEnvironment(environment, options);
  if (stays) watchConfig({ opened, load: () => openProject(invocation), bus, signal });
  const services = await Promise.all(
    choose(project, args).map((service) => withBuildDefaults(service, project.root)),
  );
  const rate = readRate('--limit', options['limit']);
  const { cluster: whole } = await openCluster(environment, invocation, true);
  await guardCluster({ project, environment, cluster: whole, options, signal });
  const cluster = limitCluster(whole, rate);
  const cacheDir = cacheRoot(surroundings.env);
  const watcher = createWatcher({
    root: project.root,
    scopes: services.flatMap(({ mappings }) => mappings),
    extraFiles: [...new Set(services.flatMap(rebuildFiles))],
    digestCacheFile: path.join(cacheDir, 'digests', `${project.name}.json`),
  });
  const registry = openRegistry({ cluster, project, environment, invocation });
  const development = new Development({
    ...{ project, environment, services, cluster, watcher, bus, reporter, signal },
    yes: invocation.flags.yes,
    openPorts: stays,
    keepGoing: stays,
    takeOver: options['takeOver'] === true || askTakeOver,
    farewell: () => Promise.resolve(cluster.withSignal(AbortSignal.timeout(farewellMs))),
    registry,
    builder: openBuilder({ cluster, project, environment, invocation, registry }),
    render: () =>
      renderManifests({
        root: project.root,
        source: environment.manifests,
        namespace: environment.namespace,
        project: project.name,
        kustomize: () => provideKustomize(invocation),
        signal,
      }),
    images: { sidecar: imageNames.sidecar, restarter: imageNames.restarter },
    version: readVersion(),
    readyTimeoutMs: readDuration('--timeout', options['timeout']),
    stateDir: stateRoot(surroundings.env),
  });
  return { ...opened, development, cluster, services, context: cluster.context };
}

function rebuildFiles({ rebuild, rebuildDefaults = [] }: Service): readonly string[] {
  return [...rebuild, ...rebuildDefaults];
}
