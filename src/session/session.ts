import type { Change, ChangeSet } from '../core/change.ts';
import type { Clock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import { planChanges } from '../core/plan.ts';
import type { PodFacts } from '../core/ports/cluster.ts';
import type { Controls } from '../core/ports/controls.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import type { Service } from '../core/service.ts';
import type { BuildStatus, ServiceStatus } from '../core/service-status.ts';
import { createBells } from './bells.ts';
import { deployFirst } from './first-deployment.ts';
import { heldOf } from './held-of.ts';
import { Inflow, type IsMeant } from './inflow.ts';
import { type Dial, Lane } from './lane.ts';
import { RebuildLane, type RebuildWish } from './rebuild-lane.ts';
import { SessionControls } from './session-controls.ts';
import { describeLane } from './status.ts';

export interface SessionOptions {
  readonly services: readonly Service[];
  readonly watcher: Watcher;
  readonly dial: Dial;
  readonly bus: Bus;
  readonly clock: Clock;
  /** How often a container that rests is compared with its own disk, ms. @default 30 000 */
  readonly scrubEveryMs?: number;
  /** Calls back with a service's pods, now and after every change, until the signal aborts. */
  readonly watchPods: (
    service: Service,
    onPods: (pods: readonly PodFacts[]) => void,
    signal: AbortSignal,
  ) => void;
  /** Builds and rolls out one service; resolves when the rollout is done. */
  readonly rebuild: (service: Service, wish: RebuildWish, signal: AbortSignal) => Promise<void>;
  /** What is being built of a service at this moment. @default nobody tells */
  readonly buildOf?: (service: Service) => BuildStatus | undefined;
  /** How many replicas a service is to have; undefined as long as it is not deployed. */
  readonly replicasOf: (service: Service) => number | undefined;
  readonly inBase: (service: Service, containerPath: string) => boolean;
  /** A person said yes to every mass deletion beforehand. */
  readonly confirmed: boolean;
  /** Ends a pod so that its workload makes another one. Must not throw. */
  readonly replacePod?: (service: Service, pod: string, why: string) => void;
}

/**
 * The path of a save, in order:
 *
 * 1. the watcher compares a hint with the tree and reports what really changed (`src/watch`);
 * 2. the `Inflow` holds back what has to wait, and `#distribute` gives a change set its sequence number;
 * 3. each service's `Lane` plans it (`core/plan`) and marks the paths dirty in every replica;
 * 4. a `Replica` sends the present content of what is dirty as one batch, and the agent acknowledges it;
 * 5. when the burst of saves is over, the replica restarts its app if a rule asks for it;
 * 6. a `RebuildLane` builds and rolls out meanwhile where a rule asks for that; its new pods come back as replicas.
 */
export class Session {
  readonly controls: Controls;
  readonly #options: SessionOptions;
  readonly #lanes: readonly Lane[];
  readonly #rebuilds: ReadonlyMap<string, RebuildLane>;
  readonly #ended = new AbortController();
  readonly #inflow: Inflow;
  readonly #progress = createBells();
  readonly #unsent = new Map<Lane, { readonly version: number; readonly count: number }>();
  #seq = 0;
  #stopWatching: (() => void) | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { clock, watcher, dial, bus, inBase } = options;
    this.#inflow = new Inflow({
      clock,
      bus,
      distribute: (...set) => this.#distribute(this.#lanes, ...set),
      onFree: () => this.#nudge(),
      onProgress: () => this.#progress.ring(),
    });
    this.#rebuilds = new Map(
      options.services.map((service) => [
        service.name,
        new RebuildLane({
          clock,
          rebuild: (wish, signal) => options.rebuild(service, wish, signal),
          onProgress: () => this.#progress.ring(),
        }),
      ]),
    );
    this.#lanes = options.services.map(
      (service) =>
        new Lane({
          service,
          watcher,
          dial,
          bus,
          clock,
          scrubEveryMs: options.scrubEveryMs,
          inBase: (path) => inBase(service, path),
          confirmed: options.confirmed,
          mayRestart: () => this.#inflow.mayRestart,
          maySend: () => this.#inflow.maySend,
          onProgress: () => this.#progress.ring(),
          replacePod: (pod, why) => options.replacePod?.(service, pod, why),
          onSuperseded: () => void this.#rebuilds.get(service.name)?.stop(),
          onRebuild: (reason, asked) => this.#rebuilds.get(service.name)?.request(reason, asked),
        }),
    );
    this.controls = new SessionControls({
      ...{ watcher, inflow: this.#inflow, lanes: this.#lanes, rebuilds: this.#rebuilds },
      progress: this.#progress,
      status: () => this.status(),
      replicasOf: options.replicasOf,
      release: (lane) => this.#release(lane),
    });
  }

  /** Reads the tree for the first time and takes every change from here on. @throws what `Watcher.start` throws */
  async start(signal: AbortSignal): Promise<void> {
    const { watcher } = this.#options;
    // First, because the scan itself may meet problems that somebody has to hear of.
    this.#stopWatching = watcher.listen((event) => {
      this.#inflow.take(event);
      if (this.#options.confirmed && event.type === 'problem') this.#acceptRoots();
    });
    await watcher.start(signal);
    for (const lane of this.#lanes) lane.view.load();
  }

  /** The number of the newest change set. */
  get seq(): number {
    return this.#seq;
  }

  /** Deploys services for the first time, in the place of their rebuild lanes; see `deployFirst`. */
  async deployFirst(
    services: readonly Service[],
    work: (signal: AbortSignal) => Promise<void>,
    options: { readonly isRepairable: (error: unknown) => boolean; readonly signal: AbortSignal },
  ): Promise<void> {
    const lanes = services.flatMap(({ name }) => this.#rebuilds.get(name) ?? []);
    await deployFirst({ lanes, work, ...options });
  }

  /** Asks for a rebuild for something that is no edit. */
  requestRebuild(service: string, reason: string): void {
    this.#rebuilds.get(service)?.request(reason, { asked: false });
  }

  /** Resolves when the rebuilds that are due or run at this moment have ended, in whatever way. */
  async whenRebuilt(services: readonly string[]): Promise<void> {
    await Promise.all(services.flatMap((name) => this.#rebuilds.get(name)?.rest() ?? []));
  }

  /** Dials every pod of a service, now and as they come; its keys must be there. */
  connect(service: string): void {
    const lane = this.lane(service);
    if (lane === undefined) return;
    this.#options.watchPods(lane.service, (pods) => lane.takePods(pods), this.#ended.signal);
  }

  status(): readonly ServiceStatus[] {
    return this.#lanes.map((lane) => {
      const { name } = lane.service;
      const held = heldOf(lane, this.#inflow.roots)?.deletions ?? 0;
      const build = this.#options.buildOf?.(lane.service);
      return describeLane(lane, this.#rebuilds.get(name), { unsent: this.#countUnsent(lane), held, build });
    });
  }

  /**
   * Resolves when the service has at least `replicas` of them and each has every edit that is not held back for a
   * person.
   *
   * @throws `session-superseded`; the signal's reason
   */
  async whenInSync(service: string, replicas: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const heard = this.#progress.next(signal);
      const { superseded, replicas: present, guard, finished = 0 } = this.lane(service) ?? {};
      if (superseded !== undefined) throw supersededError(service, superseded);
      if (present !== undefined && present.size + finished >= replicas) {
        const holds = guard?.holds === true;
        if ([...present.values()].every(({ inSync, caughtUp }) => inSync || (holds && caughtUp))) return;
      }
      await heard;
    }
  }

  /** A newer session has the service: this one writes nothing more of it, whatever happens. */
  supersede(service: string, why: string): void {
    this.lane(service)?.supersede(why);
    this.#progress.ring();
  }

  /** The lane of a service; undefined for a name that the session does not hold. */
  lane(service: string): Lane | undefined {
    return this.#lanes.find((lane) => lane.service.name === service);
  }

  async stop(): Promise<void> {
    this.#stopWatching?.();
    this.#inflow.stop();
    this.#ended.abort();
    await Promise.all([...this.#lanes, ...this.#rebuilds.values()].map((lane) => lane.stop()));
  }

  #distribute(lanes: readonly Lane[], changes: readonly Change[], detectMs: number, isMeant: IsMeant): void {
    this.#seq += 1;
    const set: ChangeSet = { seq: this.#seq, changes, at: Math.min(...changes.map(({ at }) => at)) };
    this.#options.bus.emit({
      event: 'change',
      seq: set.seq,
      files: changes.length,
      paths: changes.slice(0, maxPathsInEvent).map(({ path }) => path),
    });
    for (const lane of lanes) lane.take(set, detectMs, isMeant);
  }

  /** What a service holds back goes out, as if it had happened now. */
  async #release(lane: Lane): Promise<void> {
    const roots = this.#inflow.roots.of(lane);
    const { changes, pods } = lane.guard.release();
    const at = this.#options.clock.now();
    const released = changes.map((change) => ({ ...change, at }));
    if (released.length > 0) this.#distribute([lane], released, 0, () => true);
    for (const pod of pods) lane.replicas.get(pod)?.refill();
    for (const root of roots) {
      const isMeant = ({ path, type }: Change) => lane.rules.containerPaths(path, type).length > 0;
      await this.#inflow.meaning(isMeant, () => this.#options.watcher.acceptRoot(root));
    }
  }

  #acceptRoots(): void {
    for (const lane of this.#lanes) {
      if (this.#inflow.roots.of(lane).length > 0) void this.#release(lane);
    }
  }

  #nudge(): void {
    for (const lane of this.#lanes) lane.nudge();
    this.#progress.ring();
  }

  /** Paths of a service that wait for the end of a pause; counted again only when they are others. */
  #countUnsent(lane: Lane): number {
    const { held } = this.#inflow.pause;
    const known = this.#unsent.get(lane);
    if (known?.version === held.version) return known.count;
    const plan = planChanges({ seq: 0, at: 0, changes: held.list() }, lane.rules);
    const count = Math.max(plan.sync.length, plan.rebuild === undefined ? 0 : 1);
    this.#unsent.set(lane, { version: held.version, count });
    return count;
  }
}

function supersededError(service: string, why: string): KdevError {
  return new KdevError({
    code: 'session-superseded',
    fault: 'environment',
    what: `${service} belongs to another session: ${why}.`,
    cure: 'Take it back with `kdev watch --take-over`.',
  });
}

/** A branch switch changes thousands of paths; an event names the first of them and counts all. */
const maxPathsInEvent = 20;
