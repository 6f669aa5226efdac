import type { KdevError } from '../core/error.ts';
import type { BatchItem, Endpoint, EndpointEvent, Welcome } from '../core/ports/endpoint.ts';
import { outermost, reconcile } from '../core/reconcile.ts';
import type { AppState } from '../core/replica-facts.ts';
import type { ReplicaState } from '../core/service-status.ts';
import { makeAdoptions, makeBatches } from './batching.ts';
import { keepConnected } from './keep-connected.ts';
import type { ReplicaFacts, ReplicaOptions } from './replica-port.ts';
import { isRefusal, RestartDebt } from './restart-debt.ts';
import { createWake } from './wake.ts';

/** How long a digest may differ with nothing left to send before the container is listed again. */
const healAfterMs = 1_000;
/** What is on its way when the session ends has this long to be acknowledged, ms. */
const lastWordsMs = 1_000;
/** Batches on their way at once during a fill. */
const fillWindow = 4;

/**
 * One running pod's app container, kept equal to the local view. It works by state, not by a log of events: what is
 * dirty is sent in its present form, and whatever a broken connection left in doubt is found by comparing digests
 * and, where they differ, listings. So it converges after any fault.
 */
export class Replica implements ReplicaFacts {
  readonly pod: string;
  #state: ReplicaState = 'dialling';
  #why = '';
  #seq = 0;
  #digest = '';
  #app: AppState = { state: 'waiting' };
  #stale = false;
  #incarnation = '';

  readonly #options: ReplicaOptions;
  readonly #wake = createWake();
  readonly #ended = new AbortController();
  #dirty = new Set<string>();
  #dirtySeq = 0;
  readonly #restarts = new RestartDebt();
  #mustFill = true;
  #gateOpen = false;
  #alive = false;
  #cancelHeal: (() => void) | undefined;
  #cancelLastWords: (() => void) | undefined;
  #endpoint: Endpoint | undefined;

  constructor(options: ReplicaOptions) {
    this.pod = options.pod;
    this.#options = options;
  }

  get state(): ReplicaState {
    return this.#state;
  }
  get why(): string {
    return this.#why;
  }
  get app(): AppState {
    return this.#app;
  }
  get stale(): boolean {
    return this.#stale;
  }
  get seq(): number {
    return this.#seq;
  }
  get digest(): string {
    return this.#digest;
  }
  get incarnation(): string {
    return this.#incarnation;
  }
  /** Absent while there is no connection. */
  get endpoint(): Endpoint | undefined {
    return this.#endpoint;
  }
  /** Connected, filled, nothing left to send, and the digests are equal. */
  get inSync(): boolean {
    return this.caughtUp && this.#digest === this.#options.view.digest;
  }

  /** It was sent everything that may go; what is held back for a person may be missing. */
  get caughtUp(): boolean {
    return this.#state === 'live' && this.#dirty.size === 0 && !this.#mustFill;
  }

  /** In sync, and its app runs what it got. */
  get settled(): boolean {
    return this.inSync && this.#restarts.settled;
  }

  /** Container paths whose local state changed; returns at once. */
  markDirty(paths: Iterable<string>, seq: number): void {
    for (const path of paths) this.#dirty.add(path);
    this.#dirtySeq = seq;
    this.#wake.ring();
  }

  /** A person's wish: starts the app again as soon as everything has arrived. @throws what the restarter answers */
  restart(): Promise<void> {
    const done = this.#restarts.ask();
    this.#wake.ring();
    return done;
  }

  /** Compares the whole container with the local view again. */
  refill(): void {
    this.#mustFill = true;
    this.#wake.ring();
  }

  /** Something that `mayRestart` or `maySend` depends on has changed, or the pod has. */
  nudge(): void {
    this.#wake.ring();
  }

  /** Runs until `stop` or until a newer term has taken over; never rejects. */
  async run(): Promise<void> {
    const { clock, dial } = this.#options;
    await keepConnected({
      clock,
      dial,
      signal: this.#ended.signal,
      serve: (endpoint) => this.#serve(endpoint),
      onDialling: () => this.#setState('dialling', this.#why),
      onLost: (error) => {
        this.#endpoint = undefined;
        this.#alive = false;
        this.#cancelHeal?.();
        const superseded = error.code === 'session-superseded';
        this.#setState(superseded ? 'superseded' : 'dialling', error.what, error.code);
      },
    });
    this.#cancelLastWords?.();
    this.#restarts.forgive();
  }

  /**
   * Begins nothing new but a restart that is owed. What was sent and is not acknowledged soon is left to the agent,
   * which does all of it or nothing; the next session learns which by the digest.
   */
  stop(): void {
    this.#ended.abort();
    this.#wake.ring();
    this.#cancelLastWords ??= this.#options.clock.after(lastWordsMs, () => this.#endpoint?.close());
  }

  /** Works over one connection until it ends. */
  async #serve(endpoint: Endpoint): Promise<void> {
    const { welcome } = endpoint;
    const { signal } = this.#ended;
    this.#endpoint = endpoint;
    this.#digest = welcome.digest;
    this.#mustFill = true;
    this.#gateOpen = welcome.gate === 'open';
    if (welcome.restartOwed === true) this.#restarts.owe();
    this.#takeIncarnation(welcome);
    this.#takeApp(welcome.app, welcome.stale);
    if (this.#alive) this.#setState('filling', '');
    else if (welcome.problem === undefined) this.#setState('waiting', 'the container has not started');
    const stopListening = endpoint.listen((event) => this.#onEvent(event));
    let lost: KdevError | undefined;
    void endpoint.closed.then((why) => {
      lost = why;
      this.#wake.ring();
    });
    try {
      while (!signal.aborted && lost === undefined) {
        await this.#step(endpoint);
        await this.#wake.wait();
      }
      const complete = this.#alive && !this.#mustFill && this.#dirty.size === 0;
      if (lost === undefined && complete && this.#restarts.owed) await this.#restart(endpoint);
    } finally {
      stopListening();
    }
    if (lost !== undefined) throw lost;
  }

  /** Does everything that can be done now; returns when something else has to happen first. */
  async #step(endpoint: Endpoint): Promise<void> {
    const { listener } = this.#options;
    while (this.#alive && listener.maySend() && !this.#ended.signal.aborted) {
      if (this.#mustFill) await this.#fill(endpoint);
      else if (this.#dirty.size > 0) await this.#sendDirty(endpoint);
      else if (this.#restarts.owed && listener.mayRestart()) await this.#restart(endpoint);
      else break;
    }
    this.#watchDigest();
  }

  async #sendDirty(endpoint: Endpoint): Promise<void> {
    const { view, read } = this.#options;
    const paths = this.#dirty;
    const seq = this.#dirtySeq;
    this.#dirty = new Set();
    try {
      for await (const items of makeBatches({ paths, view, read })) {
        this.#ended.signal.throwIfAborted();
        await this.#apply(endpoint, seq, items);
      }
      this.#arrive(seq);
    } catch (error) {
      for (const path of paths) this.#dirty.add(path);
      throw error;
    }
  }

  async #fill(endpoint: Endpoint): Promise<void> {
    const { view, read, inBase, isMirrored, listener } = this.#options;
    this.#mustFill = false;
    this.#dirty = new Set();
    const seq = this.#dirtySeq;
    if (this.#digest !== view.digest) {
      this.#setState('filling', '');
      try {
        const local = new Map([...view.paths].map(([path, { entry }]) => [path, entry] as const));
        const listed = await endpoint.list();
        const plan = reconcile({ local, listed, inBase, isMirrored });
        const known = listed.length - plan.foreign.length - plan.stray.length;
        const remove = outermost([...listener.mayRemove(this, plan.remove, known), ...plan.stray]);
        const onTheWay = new Set<Promise<void>>();
        for (const items of makeAdoptions(plan.adopt, view)) await this.#apply(endpoint, seq, items);
        for await (const items of makeBatches({ paths: [...remove, ...plan.send], view, read })) {
          this.#ended.signal.throwIfAborted();
          const sent = this.#apply(endpoint, seq, items).finally(() => onTheWay.delete(sent));
          // Whoever awaits it may be gone by the time it fails.
          sent.catch(() => undefined);
          onTheWay.add(sent);
          if (onTheWay.size >= fillWindow) await Promise.race(onTheWay);
        }
        await Promise.all(onTheWay);
      } catch (error) {
        this.#mustFill = true;
        throw error;
      }
    }
    if (this.#mustFill) return; // the container began a new life meanwhile
    this.#arrive(seq);
    // Also where the gate is open: the agent learns that this life has been filled and is stale no longer.
    await endpoint.open();
    if (!this.#gateOpen) this.#restarts.forgive();
    this.#gateOpen = true;
    this.#setState('live', '');
  }

  async #apply(endpoint: Endpoint, seq: number, items: readonly BatchItem[]): Promise<void> {
    const { listener } = this.#options;
    const wrote = items.filter((item) => item.op !== 'adopt' && item.op !== 'dir');
    // Owed from before the first byte leaves: a batch whose acknowledgement is lost may have been applied.
    // An app that ended by itself, or began without us, takes whatever comes next, rule or no rule.
    const behind = (this.#app.state === 'held' || this.#stale) && wrote.length > 0;
    const needsRestart = this.#gateOpen && (behind || wrote.some(({ path }) => listener.needsRestart(path)));
    if (needsRestart) this.#restarts.owe();
    const applied = await endpoint.apply({ seq, items, needsRestart });
    this.#digest = applied.digest;
    for (const { path, code, message } of applied.problems)
      listener.onProblem(this, code, `${path}: ${message}`);
    listener.onApplied(this, applied, { files: wrote.length });
  }

  #arrive(seq: number): void {
    this.#seq = Math.max(this.#seq, seq);
    this.#options.listener.onArrived(this);
  }

  async #restart(endpoint: Endpoint): Promise<void> {
    const { listener, graceMs } = this.#options;
    try {
      listener.onRestarted(this, await this.#restarts.pay(() => endpoint.restart({ graceMs })));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      listener.onProblem(this, error.code, error.what);
    } finally {
      listener.onProgress();
    }
  }

  #onEvent(event: EndpointEvent): void {
    switch (event.type) {
      case 'incarnation':
        this.#digest = event.digest;
        this.#gateOpen = event.gate === 'open';
        this.#mustFill = true;
        this.#restarts.forgive();
        this.#takeIncarnation(event);
        break;
      case 'gone':
        this.#alive = false;
        this.#setState('waiting', 'the container has ended');
        break;
      case 'app':
        this.#gateOpen = event.gate === 'open';
        this.#takeApp(event.app, event.stale);
        break;
      default:
        event satisfies never;
    }
    this.#wake.ring();
  }

  #takeIncarnation({ incarnation, problem }: Pick<Welcome, 'incarnation' | 'problem'>): void {
    this.#alive = incarnation !== undefined && problem === undefined;
    this.#incarnation = incarnation ? `${incarnation.nonce.slice(0, 8)}/${incarnation.pid}` : '';
    if (problem === undefined) return;
    this.#setState('waiting', problem.message);
    this.#options.listener.onProblem(this, problem.code, problem.message);
  }

  #takeApp(app: AppState, stale: boolean): void {
    const changed = JSON.stringify(app) !== JSON.stringify(this.#app) || stale !== this.#stale;
    this.#app = app;
    this.#stale = stale;
    if (changed) this.#options.listener.onApp(this, app, stale);
  }

  /** Nothing to send and yet different: somebody changed the container, or something was missed. Look again. */
  #watchDigest(): void {
    this.#cancelHeal?.();
    this.#cancelHeal = undefined;
    const { view, clock, listener } = this.#options;
    const isDifferent = (): boolean => this.#digest !== view.digest && listener.isWhole();
    if (this.#state !== 'live' || this.#dirty.size > 0 || !isDifferent()) return;
    this.#cancelHeal = clock.after(healAfterMs, () => {
      if (!isDifferent()) return;
      this.#mustFill = true;
      this.#wake.ring();
    });
  }

  #setState(state: ReplicaState, why: string, code = 'link-lost'): void {
    if (state === this.#state && why === this.#why) return;
    this.#state = state;
    this.#why = why;
    this.#options.listener.onState(this, state, why, code);
  }
}
