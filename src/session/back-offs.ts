import type { Clock } from '../core/clock.ts';
import type { Bus } from '../core/event.ts';
import { clockTime } from '../core/measures.ts';
import type { PodFacts } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';

/** A save ends a wait that is longer than this: before that a pod that is replaced would not be there sooner, ms. */
const worthReplacingMs = 10_000;

interface BackOff {
  readonly container: string;
  readonly restarts: number;
  /** By this clock, counted from when it was seen first, because the node's clock may be another. */
  readonly until: number;
}

/** Containers of one service's pods that ended too often, so that the kubelet lets them wait: up to five minutes. */
export class BackOffs {
  readonly #options: { readonly service: Service; readonly bus: Bus; readonly clock: Clock };
  readonly #waiting = new Map<string, BackOff>();

  constructor(options: { readonly service: Service; readonly bus: Bus; readonly clock: Clock }) {
    this.#options = options;
  }

  /** When the kubelet starts a pod's container again at the latest, ms; undefined for one that does not wait. */
  until(pod: string): number | undefined {
    return this.#waiting.get(pod)?.until;
  }

  /** Pods whose container waits and that may be replaced; those that a person would not wait for, with `long`. */
  pods(long: boolean): readonly string[] {
    if (!this.#mayReplace) return [];
    const least = long ? this.#options.clock.now() + worthReplacingMs : 0;
    return [...this.#waiting].flatMap(([pod, { until }]) => (until >= least ? [pod] : []));
  }

  /** A bare Pod's or a Job's pod would not come again by itself. */
  get #mayReplace(): boolean {
    const { kind } = this.#options.service.workload;
    return kind !== 'Pod' && kind !== 'Job';
  }

  take(pods: readonly PodFacts[]): void {
    const present = new Set<string>();
    for (const pod of pods) {
      const found = this.#find(pod);
      if (found === undefined) continue;
      present.add(pod.name);
      if (this.#waiting.get(pod.name)?.restarts === found.restarts) continue;
      this.#waiting.set(pod.name, found);
      this.#tell(pod, found);
    }
    for (const pod of this.#waiting.keys()) {
      if (present.has(pod)) continue;
      this.#waiting.delete(pod);
      this.#options.bus.emit({
        event: 'problem',
        ...this.#about(pod),
        ...{ code: 'container-backoff', message: '', resolved: true },
      });
    }
  }

  #find({ containers, deleting }: PodFacts): BackOff | undefined {
    const { service, clock } = this.#options;
    if (deleting) return undefined;
    for (const [container, { backOffMs, restarts }] of Object.entries(containers)) {
      if (backOffMs === undefined || (service.container ?? container) !== container) continue;
      return { container, restarts, until: clock.now() + backOffMs };
    }
    return undefined;
  }

  #tell({ name, trouble }: PodFacts, { container, until }: BackOff): void {
    const { service } = this.#options;
    const why = trouble ?? `${container} keeps ending`;
    this.#options.bus.emit({
      event: 'problem',
      ...this.#about(name),
      code: 'container-backoff',
      message: `${name}: ${why}; the kubelet starts it again at ${clockTime(until)} at the latest.`,
      cure: this.#mayReplace
        ? `Save what repairs it; or have another pod at once: r on the screen, or kdev restart ${service.name}`
        : 'Save what repairs it, and wait.',
      resolved: false,
    });
  }

  #about(pod: string) {
    const { name } = this.#options.service;
    return { key: `${name}/${pod}/backoff`, service: name, replica: pod };
  }
}
