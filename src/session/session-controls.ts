import { KdevError } from '../core/error.ts';
import { orAbort } from '../core/or-abort.ts';
import type { Controls } from '../core/ports/controls.ts';
import type { HeldDeletions, ServiceStatus } from '../core/service-status.ts';
import { heldOf } from './held-of.ts';
import type { Lane } from './lane.ts';
import type { SessionParts } from './session-parts.ts';
import { settleLanes } from './settle.ts';

/** What may be asked of a running session, see `Controls`. */
export class SessionControls implements Controls {
  readonly #parts: SessionParts;

  constructor(parts: SessionParts) {
    this.#parts = parts;
  }

  status(): readonly ServiceStatus[] {
    return this.#parts.status();
  }

  async restart(service: string, signal: AbortSignal): Promise<void> {
    await orAbort(this.#lane(service).restart(), signal);
  }

  async rebuild(
    name: string,
    signal: AbortSignal,
    { always = true }: { readonly always?: boolean } = {},
  ): Promise<void> {
    const { service } = this.#lane(name);
    const rebuilds = this.#parts.rebuilds.get(name);
    if (service.build === undefined || rebuilds === undefined) throw noBuild(name);
    await rebuilds.force({ reason: 'somebody asked for it', asked: true, forced: always }, signal);
  }

  get paused(): boolean {
    return this.#parts.inflow.pause.active;
  }

  pause(): void {
    this.#parts.inflow.pause.begin();
  }

  resume(): void {
    this.#parts.inflow.pause.end();
  }

  async settle(services: readonly string[], signal: AbortSignal): Promise<readonly ServiceStatus[]> {
    const lanes = services.length === 0 ? this.#parts.lanes : services.map((name) => this.#lane(name));
    await settleLanes({ ...this.#parts, lanes, signal });
    return this.status().filter(({ service }) => lanes.some((lane) => lane.service.name === service));
  }

  get held(): readonly HeldDeletions[] {
    const { lanes, inflow } = this.#parts;
    return lanes.flatMap((lane) => heldOf(lane, inflow.roots) ?? []);
  }

  async release(service: string, signal: AbortSignal): Promise<void> {
    await orAbort(this.#parts.release(this.#lane(service)), signal);
  }

  keep(service: string): void {
    const lane = this.#lane(service);
    lane.guard.keep();
    this.#parts.inflow.roots.keep(lane);
  }

  #lane(name: string): Lane {
    const { lanes } = this.#parts;
    const lane = lanes.find(({ service }) => service.name === name);
    if (lane !== undefined) return lane;
    throw unknownService(
      name,
      lanes.map(({ service }) => service.name),
    );
  }
}

function unknownService(name: string, names: readonly string[]): KdevError {
  return new KdevError({
    code: 'service-unknown',
    fault: 'user',
    what: `There is no service "${name}" in this kdev watch.`,
    why: `It works on ${names.join(', ')}.`,
    cure: `Name one of them, such as ${names[0]}.`,
  });
}

function noBuild(service: string): KdevError {
  return new KdevError({
    code: 'build-none',
    fault: 'user',
    what: `The image of service ${service} is not built by kdev, so there is nothing to build again.`,
    cure: `Give it a "build" in dev.config.ts if kdev is to build it.`,
  });
}
