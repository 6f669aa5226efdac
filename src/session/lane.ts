import type { Change, ChangeSet } from '../core/change.ts';
import type { Clock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import { describeReason, describeRebuild, isEmptyPlan, type Plan, planChanges } from '../core/plan.ts';
import type { PodFacts } from '../core/ports/cluster.ts';
import type { Endpoint } from '../core/ports/endpoint.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import { compileRules, type ServiceRules } from '../core/rules.ts';
import { runTitle } from '../core/run-command.ts';
import type { Service } from '../core/service.ts';
import { BackOffs } from './back-offs.ts';
import { DeletionGuard } from './deletion-guard.ts';
import { listenToReplicas } from './lane-listener.ts';
import { LocalView } from './local-view.ts';
import { PendingSyncs } from './pending-syncs.ts';
import type { RebuildRequest } from './rebuild-lane.ts';
import { Replica } from './replica.ts';
import type { ReplicaListener } from './replica-port.ts';
import { ReplicaProblems } from './replica-problems.ts';

/** Connects to the agent of one pod for one service's container. */
export type Dial = (options: {
  readonly service: Service;
  readonly pod: string;
  readonly signal: AbortSignal;
}) => Promise<Endpoint>;

export interface LaneOptions {
  readonly service: Service;
  readonly watcher: Watcher;
  readonly dial: Dial;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly scrubEveryMs?: number | undefined;
  /** Container paths that were in the image because of the local tree when it was built. */
  readonly inBase: (containerPath: string) => boolean;
  readonly mayRestart: () => boolean;
  readonly maySend: () => boolean;
  /** A person said yes to every mass deletion beforehand. */
  readonly confirmed: boolean;
  readonly onRebuild: RebuildRequest;
  /** Ends a pod so that its workload makes another one; `why` is for people. */
  readonly replacePod: (pod: string, why: string) => void;
  /** A newer session has the service now. */
  readonly onSuperseded: () => void;
  /** Something happened after which the service may be in sync, or no longer. */
  readonly onProgress: () => void;
}

/** The queue of one service: what changed goes to every replica at once, and none waits for another. */
export class Lane {
  readonly service: Service;
  readonly rules: ServiceRules;
  readonly view: LocalView;
  readonly replicas = new Map<string, Replica>();
  readonly guard: DeletionGuard;
  /** Containers that the kubelet lets wait. */
  readonly backOffs: BackOffs;
  readonly #podFacts = new Map<string, string>();
  readonly #options: LaneOptions;
  readonly #pending = new PendingSyncs();
  readonly #running = new Set<Promise<void>>();
  readonly #problems: ReplicaProblems;
  readonly #listener: ReplicaListener;
  #superseded: string | undefined;
  #finished = 0;
  #seq = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.service = options.service;
    const { service, watcher, bus } = options;
    this.backOffs = new BackOffs(options);
    this.rules = compileRules(service, (mapping, path, type) => watcher.covers(mapping, path, type));
    this.view = new LocalView({ rules: this.rules, mappings: service.mappings, watcher });
    this.#problems = new ReplicaProblems(bus, service.name);
    this.guard = new DeletionGuard({
      service: service.name,
      bus,
      confirmed: options.confirmed,
      deletes: ({ path, type }) =>
        this.rules.containerPaths(path, type).filter((each) => this.view.get(each) !== undefined),
      onChange: options.onProgress,
    });
    this.#listener = listenToReplicas({
      ...options,
      rules: this.rules,
      pending: this.#pending,
      problems: this.#problems,
      isWhole: () => !this.guard.holds,
      mayRemove: ({ pod }, paths, known) => this.guard.mayRemove(pod, paths, known),
      onOtherImage: (pod) => options.replacePod(pod, 'its image was changed in place'),
      onProgress: () => this.#noteProgress(),
      onSuperseded: (why) => this.supersede(why),
    });
  }

  /** The newest change set that concerns the service. */
  get seq(): number {
    return this.#seq;
  }

  /**
   * Takes one change set; what of it does not concern the service costs nothing. `isMeant` tells deletions that need
   * nobody's word, however many they are.
   */
  take(set: ChangeSet, detectMs: number, isMeant: (change: Change) => boolean): void {
    const changes = this.guard.sift(
      set.changes,
      this.view.paths.size,
      (change) => isMeant(change) || this.#isMove(change),
    );
    const plan = planChanges({ ...set, changes }, this.rules);
    const paths = plan.sync.filter((path) => this.view.refresh(path));
    this.guard.note(paths.filter((path) => this.view.get(path) === undefined));
    if (isEmptyPlan({ ...plan, sync: paths })) return;
    this.#emitPlan(plan, paths.length);
    if (paths.length > 0) {
      this.#seq = set.seq;
      const { clock } = this.#options;
      this.#pending.begin(
        { seq: set.seq, at: set.at, detectMs, plannedAt: clock.now() },
        this.#liveReplicas().map(({ pod }) => pod),
      );
      for (const replica of this.replicas.values()) replica.markDirty(paths, set.seq);
      this.#cutShort(this.backOffs.pods(true));
    }
    if (plan.rebuild) this.#options.onRebuild(describeRebuild(plan.rebuild), { asked: false });
  }

  /** Nothing is lost of what the containers get under another name. */
  #isMove({ movedTo, type }: Change): boolean {
    return movedTo !== undefined && this.rules.containerPaths(movedTo, type).length > 0;
  }

  /** The workload's pods of this moment: new ones are dialled, those that are gone are let go. */
  takePods(pods: readonly PodFacts[]): void {
    const staying = pods.filter(({ deleting }) => !deleting);
    this.#finished = staying.filter(({ phase }) => phase === 'Succeeded').length;
    const present = new Map(staying.filter((pod) => !isOver(pod)).map((pod) => [pod.name, pod]));
    for (const [name, replica] of this.replicas) {
      if (!present.has(name)) this.#drop(name, replica);
    }
    for (const pod of present.values()) {
      const facts = JSON.stringify(pod);
      const replica = this.replicas.get(pod.name);
      // That the cluster tells of pods at all may be news: after an outage it says that it can be reached again.
      if (this.#podFacts.get(pod.name) !== facts || replica?.state === 'dialling') replica?.podChanged();
      this.#podFacts.set(pod.name, facts);
      if (this.#superseded === undefined && pod.sidecarStarted && !this.replicas.has(pod.name))
        this.#adopt(pod.name);
    }
    this.backOffs.take(pods);
    this.#options.onProgress();
  }

  /** Pods that have done what they were made for: nothing runs there that could get an edit. */
  get finished(): number {
    return this.#finished;
  }

  /** Why the service is somebody else's now; undefined while it is this session's. */
  get superseded(): string | undefined {
    return this.#superseded;
  }

  /** A newer session has the service: nothing more is written, to present replicas or to later ones. */
  supersede(why: string): void {
    if (this.#superseded !== undefined) return;
    this.#superseded = why;
    // Of the service, not of a replica: it outlives the pods of this moment.
    this.#options.bus.emit({
      event: 'problem',
      key: `${this.service.name}/superseded`,
      code: 'session-superseded',
      message: why,
      cure: 'take it back with `kdev watch --take-over`',
      service: this.service.name,
      resolved: false,
    });
    for (const replica of this.replicas.values()) {
      if (replica.state !== 'superseded') replica.supersede(why);
    }
    this.#options.onSuperseded();
  }

  /** A burst has ended or git let go: what waited may go on. */
  nudge(): void {
    for (const replica of this.replicas.values()) replica.nudge();
  }

  /**
   * Starts the app of every replica again; where the kubelet lets a container wait, with another pod, which is not
   * waited for. @throws `replica-none`; what a restarter answers
   */
  async restart(): Promise<void> {
    const waiting = this.backOffs.pods(false);
    this.#cutShort(waiting);
    const live = this.#liveReplicas().filter(({ pod }) => !waiting.includes(pod));
    if (live.length === 0 && waiting.length > 0) return;
    if (!live.some(({ endpoint }) => endpoint !== undefined)) throw noReplica(this.service.name);
    await Promise.all(live.map((replica) => replica.restart()));
  }

  /** A connection for something that any replica can do; one whose app runs, if there is one. */
  pickEndpoint(): Endpoint | undefined {
    const connected = [...this.replicas.values()].filter(({ endpoint }) => endpoint !== undefined);
    return (connected.find(({ app }) => app.state === 'running') ?? connected[0])?.endpoint;
  }

  async stop(): Promise<void> {
    for (const replica of this.replicas.values()) replica.stop();
    await Promise.all(this.#running);
  }

  #adopt(pod: string): void {
    const { service, watcher, dial, clock, inBase } = this.#options;
    const replica = new Replica({
      pod,
      view: this.view,
      read: (path) => watcher.read(path),
      dial: (signal) => dial({ service, pod, signal }),
      inBase,
      isMirrored: this.rules.isMirrored,
      graceMs: service.graceMs,
      scrubEveryMs: this.#options.scrubEveryMs,
      clock,
      listener: this.#listener,
    });
    replica.markDirty([], this.#seq);
    this.replicas.set(pod, replica);
    const running = replica.run().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #drop(pod: string, replica: Replica): void {
    replica.stop();
    this.replicas.delete(pod);
    this.#podFacts.delete(pod);
    this.guard.dropReplica(pod);
    this.#problems.resolve(pod);
    const { bus, clock } = this.#options;
    for (const sync of this.#pending.leave(pod, clock.now()))
      bus.emit({ event: 'synced', service: this.service.name, ...sync });
  }

  #noteProgress(): void {
    // What was held has come back here, so that there is nothing to delete any more.
    for (const { pod, inSync } of this.replicas.values()) if (inSync) this.guard.dropReplica(pod);
    this.#options.onProgress();
  }

  #cutShort(pods: readonly string[]): void {
    if (this.#superseded !== undefined) return;
    for (const pod of pods) this.#options.replacePod(pod, 'the kubelet would let its container wait');
  }

  #emitPlan(plan: Plan, files: number): void {
    const steps = [
      ...(files > 0 ? [{ step: 'sync' as const, reason: `${files} ${files === 1 ? 'path' : 'paths'}` }] : []),
      ...(plan.run ?? []).map((each) => ({
        step: 'run' as const,
        reason: `${describeReason(each)}: ${runTitle(each.run)}`,
      })),
      ...(plan.restart ? [{ step: 'restart' as const, reason: describeReason(plan.restart) }] : []),
      ...(plan.rebuild ? [{ step: 'rebuild' as const, reason: describeReason(plan.rebuild) }] : []),
    ];
    this.#options.bus.emit({ event: 'plan', service: this.service.name, seq: plan.seq, steps });
  }

  #liveReplicas(): readonly Replica[] {
    return [...this.replicas.values()].filter(({ state }) => state !== 'superseded');
  }
}

function isOver({ phase }: PodFacts): boolean {
  return phase === 'Succeeded' || phase === 'Failed';
}

function noReplica(service: string): KdevError {
  return new KdevError({
    code: 'replica-none',
    fault: 'environment',
    what: `No replica of service ${service} is connected, so nothing can be restarted.`,
    cure: 'See kdev status: what stands in its way is a problem there.',
  });
}
