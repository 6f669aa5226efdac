import { type Clock, pause } from '../core/clock.ts';
import { hasCode, KdevError } from '../core/error.ts';
import { isMissing } from '../core/is-missing.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { WorkloadReference } from '../core/service.ts';
import { describeHolder, holderLives, type LeaseHolder } from './lease-holder.ts';
import {
  heldBy,
  heldByNobody,
  type LeaseState,
  leaseReference,
  leaseSeconds,
  newLease,
  readLease,
} from './lease-object.ts';

/** How often a holder says that it lives, ms: two may be lost before others take it for dead. */
const renewMs = (leaseSeconds * 1_000) / 3;
/** How often a Lease whose holder may be dead is looked at, ms. */
const lookMs = 1_000;

/** Whether it is taken from whoever has it; where a person can be asked, they are told who that is. */
export type TakeOver = boolean | ((held: KdevError) => Promise<boolean>);

export interface LeaseOptions {
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly project: string;
  readonly workload: WorkloadReference;
  readonly me: LeaseHolder;
  readonly takeOver: TakeOver;
  readonly clock: Clock;
  /** Told once, before the wait for a holder that may be dead. */
  readonly onWaiting: (holder: string) => void;
  /** Somebody else has it now. Told once. */
  readonly onLost: (why: string) => void;
}

/**
 * One session's hold on a workload. Between machines no clock is compared: a holder is dead when its Lease did not
 * change for its whole duration while this session looked. What keeps a former holder from writing is not the Lease
 * but its term, which every agent checks; the Lease says who it is, and lets a former holder know soon.
 */
export class WorkloadLease {
  readonly #options: LeaseOptions;
  readonly #since: number;
  #version = '';
  #term = 0;
  #lost = false;
  #lostTo = '';
  #cancelRenewal: (() => void) | undefined;

  private constructor(options: LeaseOptions) {
    this.#options = options;
    this.#since = options.clock.now();
  }

  /** @throws `service-held` with who has it and since when; the cluster's errors; the signal's reason */
  static async acquire(options: LeaseOptions, signal: AbortSignal): Promise<WorkloadLease> {
    const lease = new WorkloadLease(options);
    await lease.#acquire(signal);
    lease.#renewLater();
    return lease;
  }

  /** The highest term that any holder so far began; what this one begins is higher. */
  get term(): number {
    return this.#term;
  }

  /** Writes what this session has begun, so that a Secret that is made anew does not begin from nothing. */
  async noteTerm(term: number): Promise<void> {
    this.#term = Math.max(this.#term, term);
    await this.#renew();
  }

  /** @throws `session-superseded` once somebody else has it */
  assertHeld(): void {
    if (this.#lost) throw superseded(this.#lostTo);
  }

  /** Gives it back, through a cluster whose calls may still be made; without one, or when that fails, it expires. */
  async release(cluster: Cluster | undefined): Promise<void> {
    this.#cancelRenewal?.();
    if (this.#lost) return;
    this.#lost = true;
    if (cluster === undefined) return;
    try {
      while (!(await this.#giveBack(cluster))) {
        // A renewal that was on its way has come in between.
        const object = await cluster.get(this.#reference);
        const state = object && readLease(object);
        if (state?.identity !== this.#options.me.id) return;
        this.#version = state.resourceVersion;
      }
    } catch {
      // It expires.
    }
  }

  /** False when it is not what was read or written last. */
  async #giveBack(cluster: Cluster): Promise<boolean> {
    const metadata = { ...heldByNobody.metadata, resourceVersion: this.#version };
    try {
      await cluster.patch(this.#reference, { ...heldByNobody, metadata });
      return true;
    } catch (error) {
      if (hasCode(error, 'cluster-conflict')) return false;
      throw error;
    }
  }

  get #reference() {
    return leaseReference(this.#options.namespace, this.#options.workload);
  }

  async #acquire(signal: AbortSignal): Promise<void> {
    const { cluster, clock, onWaiting } = this.#options;
    let takeOver = this.#options.takeOver === true;
    let seen: { readonly version: string; readonly at: number } | undefined;
    for (;;) {
      signal.throwIfAborted();
      const object = await cluster.get(this.#reference);
      if (object === undefined) {
        if (await this.#tryWrite(undefined)) return;
        continue;
      }
      const state = readLease(object);
      const now = clock.monotonic();
      if (takeOver || isFree(state) || (seen && isExpired(state, seen, now))) {
        if (await this.#tryWrite(state)) return;
        continue;
      }
      const renewed = seen !== undefined && seen.version !== state.resourceVersion;
      if (renewed || (state.holder && holderLives(state.holder))) {
        const error = held(this.#options, state);
        takeOver = typeof this.#options.takeOver !== 'boolean' && (await this.#options.takeOver(error));
        signal.throwIfAborted();
        if (!takeOver) throw error;
        continue;
      }
      if (seen === undefined) onWaiting(titleOf(state));
      seen ??= { version: state.resourceVersion, at: now };
      await pause(clock, lookMs, signal);
    }
  }

  /** False when somebody else was faster. */
  async #tryWrite(before: LeaseState | undefined): Promise<boolean> {
    const { cluster, project } = this.#options;
    const term = Math.max(this.#term, before?.term ?? 0);
    const mine = heldBy(this.#options.me, { since: this.#since, now: this.#options.clock.now(), term });
    try {
      const written =
        before === undefined
          ? await cluster.create(newLease({ reference: this.#reference, project, held: mine }))
          : await cluster.patch(this.#reference, {
              ...mine,
              metadata: { ...mine.metadata, resourceVersion: before.resourceVersion },
            });
      this.#version = readLease(written).resourceVersion;
      this.#term = term;
      return true;
    } catch (error) {
      if (hasCode(error, 'cluster-conflict') || isMissing(error)) return false;
      throw error;
    }
  }

  #renewLater(): void {
    this.#cancelRenewal = this.#options.clock.after(renewMs, () => {
      // What cannot be reached cannot be renewed: the next try may, and who took it meanwhile has the higher term.
      void this.#renew()
        .catch(() => undefined)
        .finally(() => {
          if (!this.#lost) this.#renewLater();
        });
    });
  }

  async #renew(): Promise<void> {
    const object = await this.#options.cluster.get(this.#reference);
    const state = object === undefined ? undefined : readLease(object);
    if (this.#lost) return;
    const isMine = state === undefined || state.identity === this.#options.me.id;
    // A newer term is somebody's who has had it meanwhile, whether or not they still have it.
    if (isMine || (isFree(state) && state.term <= this.#term)) {
      await this.#tryWrite(state);
      return;
    }
    this.#lost = true;
    this.#lostTo = state.identity === '' ? 'another session' : titleOf(state);
    this.#options.onLost(`${this.#lostTo} has taken ${this.#options.workload.name} over`);
  }
}

function isFree({ identity, holder }: LeaseState): boolean {
  return identity === '' || (holder !== undefined && holderLives(holder) === false);
}

function isExpired(
  state: LeaseState,
  seen: { readonly version: string; readonly at: number },
  now: number,
): boolean {
  return state.resourceVersion === seen.version && now - seen.at > state.durationMs;
}

function titleOf({ holder, identity }: LeaseState): string {
  return holder === undefined ? identity : describeHolder(holder);
}

function superseded(by: string): KdevError {
  return new KdevError({
    code: 'session-superseded',
    fault: 'environment',
    what: `${by} has taken the service over; this session writes nothing more.`,
    cure: 'Take it back with `kdev watch --take-over`.',
  });
}

function held({ workload, namespace }: LeaseOptions, state: LeaseState): KdevError {
  const since = state.since === '' ? '' : ` since ${state.since.slice(0, 19).replace('T', ' ')} UTC`;
  return new KdevError({
    code: 'service-held',
    fault: 'environment',
    what: `${titleOf(state)} develops ${workload.kind} ${workload.name} in ${namespace}${since}.`,
    why: 'Two sessions would overwrite each other’s files.',
    cure: 'Let them end theirs, or take it over with `kdev watch --take-over`: their session then stops writing at once.',
  });
}
