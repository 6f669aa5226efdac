import { setMaxListeners } from 'node:events';
import path from 'node:path';
import { systemClock } from '../core/clock.ts';
import { KdevError, messageOf } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import type { ImageBuilder } from '../core/ports/builder.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { Controls } from '../core/ports/controls.ts';
import type { RegistryProvider } from '../core/ports/registry.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import type { Reporter } from '../core/reporter.ts';
import type { Environment, Project, Service, WorkloadReference } from '../core/service.ts';
import type { BuildStatus } from '../core/service-status.ts';
import { startWaves } from '../core/waves.ts';
import type { RebuildWish } from '../session/rebuild-lane.ts';
import { Session } from '../session/session.ts';
import { createBaseStore } from './base-store.ts';
import { BuildProblems } from './build-problems.ts';
import { createBuildQueue, neededBy } from './build-queue.ts';
import type { DeployedService } from './deployed-service.ts';
import { type DeploymentOptions, type DeploymentWish, deploy } from './deployment.ts';
import { createDial } from './dial.ts';
import type { TakeOver } from './lease.ts';
import { openServicePorts, type ServicePorts } from './service-ports.ts';
import { tellRollout } from './tell-rollout.ts';
import { watchBases } from './watch-bases.ts';
import { watchServicePods } from './watch-service-pods.ts';
import { beginTerm, type WorkloadKeys } from './workload-keys.ts';
import { WorkloadLeases } from './workload-leases.ts';

export interface DevelopOptions {
  readonly project: Project;
  readonly environment: Environment;
  readonly services: readonly Service[];
  readonly cluster: Cluster;
  readonly builder: ImageBuilder;
  /** That the builder pushes to. */
  readonly registry: Pick<RegistryProvider, 'providePullSecret'>;
  /** Renders the environment's manifests as they are on disk now, marked as kdev's. */
  readonly render: () => Promise<readonly KubernetesObject[]>;
  /** Over the mappings and rebuild files of the services; started and stopped by this. */
  readonly watcher: Watcher;
  /** kdev's own, as nodes pull them. */
  readonly images: { readonly sidecar: string; readonly restarter: string };
  /** Of this kdev; agents are told. */
  readonly version: string;
  /** Folder for what kdev remembers between runs. */
  readonly stateDir: string;
  /** Whether ports of 127.0.0.1 are opened for the services' `ports`. */
  readonly openPorts: boolean;
  /** Whether a workload that does not get ready is waited for on and on. */
  readonly keepGoing: boolean;
  /** Whether workloads that another session holds are taken from it. */
  readonly takeOver: TakeOver;
  /** The cluster for the last calls, which must work when `signal` has ended everything else. */
  readonly farewell: () => Promise<Cluster>;
  /** How long a workload may take to be ready, ms. @default 180 000 */
  readonly readyTimeoutMs?: number | undefined;
  /** A person said yes to every question: no mass deletion is held. @default false */
  readonly yes?: boolean;
  readonly bus: Bus;
  readonly reporter: Reporter;
  readonly signal: AbortSignal;
}

/**
 * `kdev up`, and the first half of `kdev watch`: scan the tree, deploy, fill every replica, open the gates, wait until
 * the workloads are ready. From then on the session keeps them so, until `stop`.
 */
export class Development {
  readonly session: Session;
  readonly #options: DevelopOptions;
  readonly #deployment: DeploymentOptions;
  readonly #deployed = new Map<string, DeployedService>();
  readonly #base = new Map<string, ReadonlySet<string>>();
  /** By workload. */
  readonly #keys = new Map<string, WorkloadKeys>();
  /** By workload. */
  readonly #leases: WorkloadLeases;
  readonly #ports: ServicePorts[] = [];
  /** What is being built, by service. */
  readonly #builds = new Map<string, BuildStatus>();
  readonly #problems: BuildProblems;
  readonly #stopped = new AbortController();

  constructor(options: DevelopOptions) {
    this.#options = options;
    this.#problems = new BuildProblems(options.bus);
    setMaxListeners(0, this.#stopped.signal);
    const { cluster, environment, watcher, bus, services, stateDir, project, version } = options;
    const { namespace } = environment;
    this.#leases = new WorkloadLeases({
      ...{ cluster, namespace, services, bus },
      project: project.name,
      root: project.root,
      takeOver: options.takeOver,
      onLost: (service, why) => this.session.supersede(service, why),
    });
    this.#deployment = {
      ...options,
      claim: (signal) => this.#leases.claim(signal),
      baseStore: createBaseStore(path.join(stateDir, 'builds', project.name)),
      localPaths: ({ name }) => this.session.lane(name)?.view.paths.keys() ?? [],
      builds: createBuildQueue(project.services),
      seqNow: () => this.session.seq,
      onBuild: ({ name }, build) => {
        if (build) this.#builds.set(name, build);
        else this.#builds.delete(name);
      },
      onBuildFailed: ({ name }, error) => this.#problems.report(name, error),
    };
    this.session = new Session({
      services,
      watcher,
      bus,
      clock: systemClock,
      confirmed: options.yes ?? false,
      inBase: ({ name }, containerPath) => this.#base.get(name)?.has(containerPath) ?? false,
      replacePod: ({ name, workload }, pod, why) => {
        // A bare Pod or a Job's would not come again by itself: its problem stays on screen.
        if (workload.kind === 'Pod' || workload.kind === 'Job') return;
        options.reporter.step(`replacing ${pod} of ${name}: ${why}`);
        const reference = { apiVersion: 'v1', kind: 'Pod', name: pod, namespace };
        cluster.delete(reference).catch((error: unknown) =>
          bus.emit({
            event: 'problem',
            key: `${name}/${pod}/replace`,
            code: error instanceof KdevError ? error.code : 'cluster-failed',
            message: messageOf(error),
            service: name,
            resolved: false,
          }),
        );
      },
      dial: createDial({
        cluster,
        namespace,
        watcher,
        version,
        keysOf: ({ workload }) => this.#keys.get(workloadTitle(workload)),
        containerOf: ({ name }) => this.#deployed.get(name)?.container,
      }),
      watchPods: (service, onPods, signal) =>
        watchServicePods({ cluster, namespace, bus, service, onPods, signal }),
      rebuild: (service, wish, signal) => this.#rebuild(service, wish, signal),
      replicasOf: ({ name }) => this.#deployed.get(name)?.replicas,
      buildOf: ({ name }) => this.#builds.get(name),
    });
  }

  /**
   * Brings everything up, in the order of `dependsOn`. With a wish, images are also built where nothing is due.
   *
   * @throws what deploying throws, `pod-not-ready` and its like, or the signal's reason; call `stop` then as well.
   */
  async bringUp(wish?: Pick<DeploymentWish, 'reason' | 'asked' | 'forced'>): Promise<void> {
    const { services, signal, reporter, openPorts, keepGoing } = this.#options;
    reporter.step('reading the source tree');
    await this.session.start(signal);
    for (const wave of startWaves(services)) {
      const names = wave.map(({ name }) => name);
      await this.session.deployFirst(
        wave,
        (either) => this.#deploy(wave, { wish: wish && { ...wish, services: names } }, either),
        { isRepairable: (error) => keepGoing && this.#problems.isRepairable(error, names), signal },
      );
      for (const service of wave) await this.#connect(service);
      for (const service of wave) await this.#waitUntilReady(service, signal);
      for (const { name } of wave) {
        await this.session.whenInSync(name, this.#deployed.get(name)?.replicas ?? 1, signal);
      }
    }
    if (openPorts) {
      for (const service of services) {
        const pick = () => this.session.lane(service.name)?.pickEndpoint();
        this.#ports.push(await openServicePorts({ service, pick }));
      }
    }
    this.#emitReady();
    if (keepGoing) this.#watchBases();
  }

  /** Ends the session; the cluster keeps what it has. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const ports of this.#ports) ports.close();
    await this.session.stop();
    await this.#options.watcher.stop();
    await this.#leases.release(this.#options.farewell);
  }

  /** What may be asked of it while it runs. */
  get controls(): Controls {
    return this.session.controls;
  }

  /**
   * Told as a problem when it fails, until one succeeds. All services of a workload go together, because their
   * containers share its pods. What the service depends on is rolled out first.
   */
  async #rebuild(service: Service, wish: RebuildWish, signal: AbortSignal): Promise<void> {
    const { project, services } = this.#options;
    const { name, workload } = service;
    const together = services.filter((each) => workloadTitle(each.workload) === workloadTitle(workload));
    const needed = neededBy(name, project.services);
    try {
      await this.#deploy(
        together,
        { wish: { ...wish, services: [name] }, beforeApply: () => this.session.whenRebuilt(needed) },
        signal,
      );
      await this.#waitForRollout(service, wish.reason, signal);
    } catch (error) {
      if (!signal.aborted) this.#problems.report(name, error);
      throw error;
    }
  }

  #watchBases(): void {
    const { builder, project, reporter, services } = this.#options;
    watchBases({
      ...{ builder, reporter, clock: systemClock, projectRoot: project.root, services },
      imageOf: (name) => this.#deployed.get(name)?.image,
      onChanged: (name, reason) => this.session.requestRebuild(name, reason),
      signal: this.#stopped.signal,
    });
  }

  async #deploy(
    services: readonly Service[],
    special: Pick<DeploymentOptions, 'wish' | 'beforeApply'>,
    signal: AbortSignal,
  ): Promise<void> {
    // Every call that is under way listens to it, and there may be any number of them at once.
    setMaxListeners(0, signal);
    for (const deployed of await deploy({ ...this.#deployment, ...special }, services, signal)) {
      const { name } = deployed.service;
      this.#deployed.set(name, deployed);
      if (deployed.image) this.#base.set(name, await this.#deployment.baseStore.get(deployed.image.inputs));
    }
  }

  /** The services of one workload share its Secret, and so one term. */
  async #connect({ name, workload }: Service): Promise<void> {
    const { cluster, environment } = this.#options;
    const title = workloadTitle(workload);
    const keys =
      this.#keys.get(title) ??
      (await this.#leases.begin(workload, (above) =>
        beginTerm({ cluster, namespace: environment.namespace, workload, above }),
      ));
    this.#keys.set(title, keys);
    this.session.connect(name);
  }

  /** With `keepGoing`, a workload that cannot get ready is told and waited for: the next save may be its repair. */
  async #waitUntilReady(service: Service, signal: AbortSignal): Promise<void> {
    for (;;) {
      try {
        await this.#waitForRollout(service, 'deployed', signal);
        return;
      } catch (error) {
        if (!this.#options.keepGoing || signal.aborted) throw error;
      }
    }
  }

  async #waitForRollout(service: Service, reason: string, signal: AbortSignal): Promise<void> {
    const { namespace } = this.#options.environment;
    await tellRollout({ ...this.#options, namespace, service, reason, signal });
    this.#problems.resolve(service.name);
  }

  #emitReady(): void {
    const { bus, cluster, environment } = this.#options;
    const services = this.session.status().map(({ service, replicas }) => ({
      service,
      replicas: replicas.length,
      urls: this.#ports.filter((ports) => ports.service === service).flatMap(({ urls }) => urls),
    }));
    bus.emit({ event: 'ready', services, environment: environment.name, context: cluster.context });
  }
}

function workloadTitle({ kind, name }: WorkloadReference): string {
  return `${kind}/${name}`;
}
