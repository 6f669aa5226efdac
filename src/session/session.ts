import type { Change, ChangeSet } from '../core/change.ts';
import type { Clock } from '../core/clock.ts';
import type { Bus } from '../core/event.ts';
import type { StepReason } from '../core/plan.ts';
import type { PodFacts } from '../core/ports/cluster.ts';
import type { WatchEvent, Watcher } from '../core/ports/watcher.ts';
import type { Service } from '../core/service.ts';
import type { ServiceStatus } from '../core/service-status.ts';
import { createBells } from './bells.ts';
import { createBurst } from './burst.ts';
import { type Dial, Lane } from './lane.ts';
import { RebuildLane } from './rebuild-lane.ts';
import { describeLane } from './status.ts';

export interface SessionOptions {
  readonly services: readonly Service[];
  readonly watcher: Watcher;
  readonly dial: Dial;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Calls back with a service's pods, now and after every change, until the signal aborts. */
  readonly watchPods: (
    service: Service,
    onPods: (pods: readonly PodFacts[]) => void,
    signal: AbortSignal,
  ) => void;
  /** Builds and rolls out one service; resolves when the rollout is done. */
  readonly rebuild: (service: Service, reason: StepReason, signal: AbortSignal) => Promise<void>;
  readonly inBase: (service: Service, containerPath: string) => boolean;
}

/**
 * The path of a save, in order:
 *
 * 1. the watcher compares a hint with the tree and reports what really changed (`src/watch`);
 * 2. `#onWatch` makes a change set of it and gives it a sequence number;
 * 3. each service's `Lane` plans it (`core/plan`) and marks the paths dirty in every replica;
 * 4. a `Replica` sends the present content of what is dirty as one batch, and the agent acknowledges it;
 * 5. when the burst of saves is over, the replica restarts its app if a rule asks for it;
 * 6. a `RebuildLane` builds and rolls out meanwhile where a rule asks for that; its new pods come back as replicas.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #lanes: readonly Lane[];
  readonly #rebuilds: ReadonlyMap<string, RebuildLane>;
  readonly #ended = new AbortController();
  readonly #burst;
  readonly #progress = createBells();
  #seq = 0;
  #held = false;
  #stopWatching: (() => void) | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { clock, watcher, dial, bus, inBase } = options;
    this.#burst = createBurst(clock, () => this.#nudge());
    this.#rebuilds = new Map(
      options.services.map((service) => [
        service.name,
        new RebuildLane({ clock, rebuild: (reason, signal) => options.rebuild(service, reason, signal) }),
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
          inBase: (path) => inBase(service, path),
          mayRestart: () => !this.#burst.active,
          maySend: () => !this.#held,
          onProgress: () => this.#progress.ring(),
          onRebuild: (reason) => this.#rebuilds.get(service.name)?.request(reason),
        }),
    );
  }

  /** Reads the tree for the first time and takes every change from here on. @throws what `Watcher.start` throws */
  async start(signal: AbortSignal): Promise<void> {
    const { watcher } = this.#options;
    // First, because the scan itself may meet problems that somebody has to hear of.
    this.#stopWatching = watcher.listen((event) => this.#onWatch(event));
    await watcher.start(signal);
    for (const lane of this.#lanes) lane.view.load();
  }

  /** Dials every pod of a service, now and as they come; its keys must be there. */
  connect(service: string): void {
    const lane = this.lane(service);
    if (lane === undefined) return;
    this.#options.watchPods(lane.service, (pods) => lane.takePods(pods), this.#ended.signal);
  }

  status(): readonly ServiceStatus[] {
    return this.#lanes.map((lane) =>
      describeLane(lane, this.#rebuilds.get(lane.service.name)?.busy ?? false),
    );
  }

  /**
   * Resolves when the service has at least `replicas` of them and each has every edit.
   *
   * @throws the signal's reason
   */
  async whenInSync(service: string, replicas: number, signal: AbortSignal): Promise<void> {
    for (;;) {
      signal.throwIfAborted();
      const heard = this.#progress.next(signal);
      const status = this.status().find((each) => each.service === service);
      if (status !== undefined && status.replicas.length >= replicas) {
        if (status.replicas.every(({ inSync }) => inSync)) return;
      }
      await heard;
    }
  }

  /** The lane of a service; undefined for a name that the session does not hold. */
  lane(service: string): Lane | undefined {
    return this.#lanes.find((lane) => lane.service.name === service);
  }

  async stop(): Promise<void> {
    this.#stopWatching?.();
    this.#burst.stop();
    this.#ended.abort();
    await Promise.all([...this.#lanes, ...this.#rebuilds.values()].map((lane) => lane.stop()));
  }

  #onWatch(event: WatchEvent): void {
    switch (event.type) {
      case 'changes':
        this.#burst.note(event.atomic);
        this.#distribute(event.changes, event.detectMs);
        break;
      case 'held':
        this.#held = true;
        break;
      case 'released':
        this.#held = false;
        this.#nudge();
        break;
      case 'problem':
        this.#options.bus.emit({
          event: 'problem',
          key: `watch/${event.path}`,
          ...problemOf(event),
        });
        break;
      default:
        event satisfies never;
    }
  }

  #distribute(changes: readonly Change[], detectMs: number): void {
    this.#seq += 1;
    const set: ChangeSet = { seq: this.#seq, changes, at: Math.min(...changes.map(({ at }) => at)) };
    this.#options.bus.emit({
      event: 'change',
      seq: set.seq,
      files: changes.length,
      paths: changes.slice(0, maxPathsInEvent).map(({ path }) => path),
    });
    for (const lane of this.#lanes) lane.take(set, detectMs);
  }

  #nudge(): void {
    for (const lane of this.#lanes) lane.nudge();
  }
}

/** A branch switch changes thousands of paths; an event names the first of them and counts all. */
const maxPathsInEvent = 20;

function problemOf(event: Extract<WatchEvent, { type: 'problem' }>) {
  const { path, code, message, cure, resolved = false } = event;
  return { path, code, message, resolved, ...(cure !== undefined && { cure }) };
}
