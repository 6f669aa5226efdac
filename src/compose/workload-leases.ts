import { systemClock } from '../core/clock.ts';
import type { Bus } from '../core/event.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { Service, WorkloadReference } from '../core/service.ts';
import { type TakeOver, WorkloadLease } from './lease.ts';
import { type LeaseHolder, thisHolder } from './lease-holder.ts';

export interface WorkloadLeasesOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly project: string;
  /** The project's folder, which others are told. */
  readonly root: string;
  readonly services: readonly Pick<Service, 'name' | 'workload'>[];
  /** About each workload that others hold. */
  readonly takeOver: TakeOver;
  readonly bus: Bus;
  /** Somebody else has a service now. */
  readonly onLost: (service: string, why: string) => void;
}

/** The Leases of everything that a session develops: one a workload, because its pods obey one term. */
export class WorkloadLeases {
  readonly #options: WorkloadLeasesOptions;
  readonly #me: LeaseHolder;
  readonly #leases = new Map<string, WorkloadLease>();

  constructor(options: WorkloadLeasesOptions) {
    this.#options = options;
    this.#me = thisHolder(options.root);
  }

  /**
   * Takes what is not held yet, all of it or nothing.
   *
   * @throws `service-held`, `session-superseded`; the cluster's errors; the signal's reason
   */
  async claim(signal: AbortSignal): Promise<void> {
    for (const { workload } of this.#options.services) {
      const title = titleOf(workload);
      const lease = this.#leases.get(title);
      if (lease === undefined) this.#leases.set(title, await this.#acquire(workload, signal));
      else lease.assertHeld();
    }
  }

  /** Begins a term that is above every one that the Lease knows, and writes it there. */
  async begin<Keys extends { readonly term: number }>(
    workload: WorkloadReference,
    beginTerm: (above: number) => Promise<Keys>,
  ): Promise<Keys> {
    const lease = this.#leases.get(titleOf(workload));
    const keys = await beginTerm(lease?.term ?? 0);
    await lease?.noteTerm(keys.term);
    return keys;
  }

  /** Gives everything back. Never rejects. */
  async release(farewell: () => Promise<Cluster>): Promise<void> {
    const leases = [...this.#leases.values()];
    this.#leases.clear();
    if (leases.length === 0) return;
    const cluster = await farewell().catch(() => undefined);
    await Promise.all(leases.map((lease) => lease.release(cluster)));
  }

  #acquire(workload: WorkloadReference, signal: AbortSignal): Promise<WorkloadLease> {
    const { services, bus, onLost, ...place } = this.#options;
    return WorkloadLease.acquire(
      {
        ...place,
        workload,
        me: this.#me,
        clock: systemClock,
        onWaiting: (holder) =>
          bus.emit({ event: 'step', text: `waiting whether ${holder} still develops ${workload.name}` }),
        onLost: (why) => {
          for (const each of services) {
            if (titleOf(each.workload) === titleOf(workload)) onLost(each.name, why);
          }
        },
      },
      signal,
    );
  }
}

function titleOf({ kind, name }: WorkloadReference): string {
  return `${kind}/${name}`;
}
