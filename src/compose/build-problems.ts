import { KdevError, messageOf } from '../core/error.ts';
import type { Bus } from '../core/event.ts';

/** Builds and rollouts that failed, as problems that stand until one of the same service succeeds. */
export class BuildProblems {
  readonly #bus: Bus;
  readonly #services = new Set<string>();

  constructor(bus: Bus) {
    this.#bus = bus;
  }

  report(service: string, error: unknown): void {
    this.#services.add(service);
    const { code, cure } = error instanceof KdevError ? error : { code: 'bug', cure: undefined };
    this.#bus.emit({
      ...{ event: 'problem', key: keyOf(service), code, service, message: messageOf(error) },
      ...(cure && { cure }),
      resolved: false,
    });
  }

  resolve(service: string): void {
    if (!this.#services.delete(service)) return;
    this.#bus.emit({
      ...{ event: 'problem', key: keyOf(service), code: 'resolved', service, message: '' },
      resolved: true,
    });
  }

  /** A Dockerfile that cannot be built is on its way to becoming one that can: whether the next edit may help. */
  isRepairable(error: unknown, services: readonly string[]): boolean {
    const isOurs = services.some((name) => this.#services.has(name));
    return isOurs && error instanceof KdevError && error.fault === 'user';
  }
}

function keyOf(service: string): string {
  return `rebuild/${service}`;
}
