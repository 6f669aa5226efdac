import type { ChangeSet } from '../core/change.ts';
import type { Clock } from '../core/clock.ts';
import type { Bus, SyncedReplica } from '../core/event.ts';
import { isEmptyPlan, type Plan, planChanges, type StepReason } from '../core/plan.ts';
import type { PodFacts } from '../core/ports/cluster.ts';
import type { Endpoint } from '../core/ports/endpoint.ts';
import type { Watcher } from '../core/ports/watcher.ts';
import { compileRules, type ServiceRules } from '../core/rules.ts';
import type { Service } from '../core/service.ts';
import { LocalView } from './local-view.ts';
import { PendingSyncs } from './pending-syncs.ts';
import { Replica } from './replica.ts';
import type { ReplicaListener } from './replica-port.ts';

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
  /** Container paths that were in the image because of the local tree when it was built. */
  readonly inBase: (containerPath: string) => boolean;
  readonly mayRestart: () => boolean;
  readonly maySend: () => boolean;
  readonly onRebuild: (reason: StepReason) => void;
  /** Something happened after which the service may be in sync, or no longer. */
  readonly onProgress: () => void;
}

/** The queue of one service: what changed goes to every replica at once, and none waits for another. */
export class Lane {
  readonly service: Service;
  readonly rules: ServiceRules;
  readonly view: LocalView;
  readonly replicas = new Map<string, Replica>();
  readonly #options: LaneOptions;
  readonly #pending = new PendingSyncs();
  readonly #running = new Set<Promise<void>>();
  #seq = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.service = options.service;
    const { service, watcher } = options;
    this.rules = compileRules(service, (mapping, path, type) => watcher.covers(mapping, path, type));
    this.view = new LocalView({
      rules: this.rules,
      mappings: options.service.mappings,
      watcher: options.watcher,
    });
  }

  /** The newest change set that concerns the service. */
  get seq(): number {
    return this.#seq;
  }

  /** Takes one change set; what of it does not concern the service costs nothing. */
  take(set: ChangeSet, detectMs: number): void {
    const plan = planChanges(set, this.rules);
    const paths = plan.sync.filter((path) => this.view.refresh(path));
    if (isEmptyPlan({ ...plan, sync: paths })) return;
    this.#emitPlan(plan, paths.length);
    if (paths.length > 0) {
      this.#seq = set.seq;
      const { clock } = this.#options;
      this.#pending.begin(
        { seq: set.seq, at: set.at, detectMs, plannedAt: clock.now() },
        this.#liveReplicas(),
      );
      for (const replica of this.replicas.values()) replica.markDirty(paths, set.seq);
    }
    if (plan.rebuild) this.#options.onRebuild(plan.rebuild);
  }

  /** The workload's pods of this moment: new ones are dialled, those that are gone are let go. */
  takePods(pods: readonly PodFacts[]): void {
    const present = new Map(pods.filter((pod) => !pod.deleting).map((pod) => [pod.name, pod]));
    for (const [name, replica] of this.replicas) {
      if (!present.has(name)) this.#drop(name, replica);
    }
    for (const pod of present.values()) {
      if (pod.sidecarStarted && !this.replicas.has(pod.name)) this.#adopt(pod.name);
    }
    this.#options.onProgress();
  }

  /** A burst has ended or git let go: what waited may go on. */
  nudge(): void {
    for (const replica of this.replicas.values()) replica.nudge();
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
      clock,
      listener: this.#listener(),
    });
    replica.markDirty([], this.#seq);
    this.replicas.set(pod, replica);
    const running = replica.run().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  #drop(pod: string, replica: Replica): void {
    replica.stop();
    this.replicas.delete(pod);
    this.#resolveProblem(pod);
    this.#report(this.#pending.leave(pod, this.#options.clock.now()));
  }

  #listener(): ReplicaListener {
    const { bus, clock, mayRestart, maySend, onProgress } = this.#options;
    const service = this.service.name;
    return {
      mayRestart,
      maySend,
      needsRestart: (path) =>
        this.rules.sources(path).some((source) => this.rules.restartPattern(source.path) !== undefined),
      onApplied: (replica, applied, { files }) => this.#pending.addBatch(replica.pod, applied, files),
      onArrived: (replica) => {
        this.#resolveProblem(replica.pod);
        const facts: SyncedReplica = {
          pod: replica.pod,
          digest: replica.digest,
          incarnation: replica.incarnation,
        };
        this.#report(this.#pending.arrive(facts, replica.seq, clock.now()));
        onProgress();
      },
      onState: (replica, state, why, code) => {
        onProgress();
        if (state === 'superseded') {
          this.#problem(
            replica.pod,
            'session-superseded',
            why,
            'start `kdev watch` again to take the service back',
          );
        } else if (state === 'dialling' && why !== '') {
          const what = code === 'link-lost' ? `no connection to ${replica.pod}: ${why}` : why;
          this.#problem(replica.pod, code, what);
        }
      },
      onRestarted: (replica, { oldPid, newPid, ms }) =>
        bus.emit({ event: 'restarted', service, seq: replica.seq, replica: replica.pod, oldPid, newPid, ms }),
      onApp: (replica, app, stale) =>
        bus.emit({
          event: 'app',
          service,
          replica: replica.pod,
          state: app.state,
          stale,
          ...(app.exit?.code != null && { exitCode: app.exit.code }),
          ...(app.exit?.signal != null && { signal: app.exit.signal }),
        }),
      onProblem: (replica, code, message) => this.#problem(replica.pod, code, message),
    };
  }

  #emitPlan(plan: Plan, files: number): void {
    const steps = [
      ...(files > 0 ? [{ step: 'sync' as const, reason: `${files} ${files === 1 ? 'path' : 'paths'}` }] : []),
      ...(plan.restart ? [{ step: 'restart' as const, reason: describe(plan.restart) }] : []),
      ...(plan.rebuild ? [{ step: 'rebuild' as const, reason: describe(plan.rebuild) }] : []),
    ];
    this.#options.bus.emit({ event: 'plan', service: this.service.name, seq: plan.seq, steps });
  }

  #report(finished: ReturnType<PendingSyncs['arrive']>): void {
    for (const sync of finished)
      this.#options.bus.emit({ event: 'synced', service: this.service.name, ...sync });
  }

  readonly #problems = new Set<string>();

  #problem(replica: string, code: string, message: string, cure?: string): void {
    this.#problems.add(replica);
    const service = this.service.name;
    const key = `${service}/${replica}`;
    this.#options.bus.emit({
      event: 'problem',
      key,
      code,
      message,
      service,
      replica,
      ...(cure && { cure }),
      resolved: false,
    });
  }

  #resolveProblem(replica: string): void {
    if (!this.#problems.delete(replica)) return;
    const service = this.service.name;
    const key = `${service}/${replica}`;
    this.#options.bus.emit({
      event: 'problem',
      key,
      code: 'resolved',
      message: '',
      service,
      replica,
      resolved: true,
    });
  }

  #liveReplicas(): string[] {
    return [...this.replicas.values()].filter(({ state }) => state !== 'superseded').map(({ pod }) => pod);
  }
}

function describe({ path, pattern }: StepReason): string {
  return path === pattern ? path : `${path} matches ${pattern}`;
}
