import type { Bus } from '../core/event.ts';

/** The standing problems of one service's replicas, one each; what is over is told once. */
export class ReplicaProblems {
  readonly #bus: Bus;
  readonly #service: string;
  readonly #standing = new Set<string>();

  constructor(bus: Bus, service: string) {
    this.#bus = bus;
    this.#service = service;
  }

  report(
    replica: string,
    facts: { readonly code: string; readonly message: string; readonly cure?: string },
  ) {
    this.#standing.add(replica);
    this.#bus.emit({ event: 'problem', ...this.#about(replica), ...facts, resolved: false });
  }

  resolve(replica: string): void {
    if (!this.#standing.delete(replica)) return;
    const about = this.#about(replica);
    this.#bus.emit({ event: 'problem', ...about, code: 'resolved', message: '', resolved: true });
  }

  #about(replica: string) {
    return { key: `${this.#service}/${replica}`, service: this.#service, replica };
  }
}
