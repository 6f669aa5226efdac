import type { KdevError } from '../core/error.ts';
import type { Endpoint, EndpointEvent } from '../core/ports/endpoint.ts';
import type { RunCommand } from '../core/run-command.ts';
import { createBells } from './bells.ts';
import { keepConnected } from './keep-connected.ts';
import { Outbox, type Parcel, type Seqs } from './outbox.ts';
import { ReplicaCondition } from './replica-condition.ts';
import type { ReplicaOptions } from './replica-port.ts';
import { isRefusal, RestartDebt } from './restart-debt.ts';
import { RunDebt, type RunOutcome } from './run-debt.ts';
import { keepScrubbing } from './scrub.ts';
import { Sender } from './sender.ts';
import { createWake } from './wake.ts';

/** How long a digest may differ with nothing left to send before the container is listed again. */
const healAfterMs = 1_000;
/** What is on its way when the session ends has this long to be acknowledged, ms. */
const lastWordsMs = 1_000;
/** Large change sets on their way at once: the next is read while the agent still works on the one before it. */
const maxBulk = 2;
const nothingNew: Seqs = { from: 1, to: 0 };

/**
 * One running pod's app container, kept equal to the local view. It works by state, not by a log of events: what is
 * dirty is sent in its present form, and whatever a broken connection left in doubt is found by comparing digests
 * and, where they differ, listings. So it converges after any fault.
 */
export class Replica extends ReplicaCondition {
  readonly #options: ReplicaOptions;
  readonly #wake = createWake();
  readonly #podChanged = createBells();
  readonly #ended = new AbortController();
  readonly #outbox: Outbox;
  /** A fill or a large change set is on its way; small ones overtake it. */
  readonly #bulk = new Set<Promise<void>>();
  #bulkError: Error | undefined;
  readonly #restarts = new RestartDebt();
  readonly #runs = new RunDebt();
  readonly #sender: Sender;
  /** Filled, and to be opened once nothing has to run first. */
  #mustOpen = false;
  #mustFill = true;
  #isFilling = false;
  #gateOpen = false;
  #alive = false;
  #cancelHeal: (() => void) | undefined;
  #cancelLastWords: (() => void) | undefined;
  #endpoint: Endpoint | undefined;

  constructor(options: ReplicaOptions) {
    super(options);
    this.#options = options;
    this.#outbox = new Outbox(options.view);
    this.#sender = new Sender({
      ...options,
      replica: this,
      signal: this.#ended.signal,
      onLeaving: (paths) => this.#owe(paths),
      onApplied: (applied) => this.takeDigest(applied),
    });
  }

  get seq(): number {
    return this.#outbox.arrived;
  }
  /** Absent while there is no connection. */
  get endpoint(): Endpoint | undefined {
    return this.#endpoint;
  }
  /** Connected, filled, nothing left to send, and the digests are equal. */
  get inSync(): boolean {
    return this.caughtUp && this.digest === this.#options.view.digest;
  }

  /** It was sent everything that may go; what is held back for a person may be missing. */
  get caughtUp(): boolean {
    return this.state === 'live' && this.#isSettled && !this.#mustOpen && this.#runs.settled;
  }

  /** In sync, and its app runs what it got. */
  get settled(): boolean {
    return this.inSync && this.#restarts.settled;
  }

  get #isSettled(): boolean {
    return !this.#mustFill && this.#bulk.size === 0 && this.#outbox.isEmpty;
  }

  /** Container paths whose local state changed; returns at once. */
  markDirty(paths: Iterable<string>, seq: number): void {
    this.#outbox.add(paths, seq);
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

  /** Something about the pod changed: dialling again may help at once. */
  podChanged(): void {
    this.#podChanged.ring();
  }

  /** Runs until `stop` or until a newer term has taken over; never rejects. */
  async run(): Promise<void> {
    const { clock, dial } = this.#options;
    await keepConnected({
      clock,
      dial,
      signal: this.#ended.signal,
      serve: (endpoint) => this.#serve(endpoint),
      wasOfUse: () => this.state === 'live',
      mayHelp: (over) => this.#podChanged.next(over),
      onDialling: () => this.setState('dialling', this.why),
      onLost: (error) => {
        this.#endpoint = undefined;
        this.#alive = false;
        this.#cancelHeal?.();
        const superseded = error.code === 'session-superseded';
        this.setState(superseded ? 'superseded' : 'dialling', error.what, error.code);
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

  /** A newer session has the service: ends at once and writes nothing more. */
  supersede(why: string): void {
    this.#restarts.forgive();
    this.stop();
    this.#endpoint?.close();
    this.setState('superseded', why, 'session-superseded');
  }

  /** Works over one connection until it ends. */
  async #serve(endpoint: Endpoint): Promise<void> {
    const { welcome } = endpoint;
    const { signal } = this.#ended;
    this.#endpoint = endpoint;
    this.beginDigest(welcome);
    this.#bulkError = undefined;
    this.#mustFill = true;
    this.#gateOpen = welcome.gate === 'open';
    if (welcome.restartOwed === true) this.#restarts.owe();
    this.#runs.owe(welcome.runsOwed);
    this.#alive = this.takeIncarnation(welcome);
    this.takeApp(welcome.app, welcome.stale);
    if (this.#alive) this.setState('filling', '');
    else if (welcome.problem === undefined) this.setState('waiting', 'the container has not started');
    const stopListening = endpoint.listen((event) => this.#onEvent(event));
    const stopScrubbing = keepScrubbing({
      clock: this.#options.clock,
      everyMs: this.#options.scrubEveryMs,
      isQuiet: () => this.inSync,
      digest: () => this.digest,
      verify: () => endpoint.verify(),
      onDigest: (_before, after) => this.#takeScrubbed(after),
    });
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
      await Promise.all(this.#bulk);
      const settled = this.#isSettled && this.#runs.settled;
      if (lost === undefined && this.#alive && this.#restarts.owed && settled) await this.#restart(endpoint);
    } catch (error) {
      endpoint.close();
      throw error;
    } finally {
      stopScrubbing();
      stopListening();
      // What is on its way ends with the connection, at the latest.
      await Promise.all(this.#bulk);
    }
    if (lost !== undefined) throw lost;
  }

  /** Does everything that can be done now; returns when something else has to happen first. */
  async #step(endpoint: Endpoint): Promise<void> {
    const { listener } = this.#options;
    while (this.#alive && listener.maySend() && !this.#ended.signal.aborted) {
      if (this.#bulkError !== undefined) throw this.#bulkError;
      if (this.#mustFill && this.#bulk.size === 0) this.#beginBulk(() => this.#fill(endpoint));
      const small = this.#outbox.takeSmall();
      if (small !== undefined) {
        await this.#send(endpoint, small, false);
        continue;
      }
      const alone = this.#mustFill || this.#isFilling;
      if (this.#bulk.size >= (alone ? 1 : maxBulk)) break;
      const large = this.#outbox.takeLarge();
      if (large !== undefined) {
        this.#beginBulk(() => this.#send(endpoint, large, true));
        continue;
      }
      if (this.#bulk.size > 0) break;
      if (this.#runs.paying || (this.#runs.owed && !listener.mayRestart())) break;
      else if (this.#runs.owed) void this.#run(endpoint);
      else if (this.#mustOpen) await this.#open(endpoint);
      else if (this.#restarts.owed && listener.mayRestart()) await this.#restart(endpoint);
      else break;
    }
    this.#watchDigest();
  }

  /** Runs beside everything else; whoever began it is woken at its end. */
  #beginBulk(run: () => Promise<void>): void {
    const bulk = run()
      .catch((error: unknown) => {
        this.#bulkError = error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => {
        this.#bulk.delete(bulk);
        this.#wake.ring();
      });
    this.#bulk.add(bulk);
  }

  async #send(endpoint: Endpoint, parcel: Parcel, bulk: boolean): Promise<void> {
    try {
      await this.#sender.send(endpoint, parcel.paths, { seq: parcel.to, bulk });
    } catch (error) {
      this.#outbox.putBack(parcel);
      throw error;
    }
    this.#arrive(parcel);
  }

  async #fill(endpoint: Endpoint): Promise<void> {
    this.#mustFill = false;
    this.#isFilling = true;
    const parcel = this.#outbox.takeAll();
    try {
      if (this.digest !== this.#options.view.digest) {
        this.setState('filling', '');
        await this.#sender.fill(endpoint, parcel.to);
      }
    } catch (error) {
      this.#mustFill = true;
      this.#outbox.putBack(parcel);
      throw error;
    } finally {
      this.#isFilling = false;
    }
    if (this.#mustFill) {
      // The container began a new life meanwhile.
      this.#outbox.putBack(parcel);
      return;
    }
    this.#mustOpen = true;
    this.setState('live', '');
    this.#arrive(parcel);
  }

  /** Also where the gate is open: the agent learns that this life has been filled and is stale no longer. */
  async #open(endpoint: Endpoint): Promise<void> {
    this.#mustOpen = false;
    await endpoint.open();
    if (!this.#gateOpen) this.#restarts.forgive();
    this.#gateOpen = true;
    this.#options.listener.onArrived(this, nothingNew);
  }

  /** Beside everything else. After a step that fails the app stays as it is until the next save. */
  async #run(endpoint: Endpoint): Promise<void> {
    const outcome = await this.#runs.pay((command) => this.#runOne(endpoint, command));
    if (outcome === 'failed') this.#restarts.forgive();
    this.#options.listener.onArrived(this, nothingNew);
    this.#wake.ring();
  }

  async #runOne(endpoint: Endpoint, command: RunCommand): Promise<RunOutcome> {
    const { listener } = this.#options;
    try {
      const ran = await endpoint.run(command, (line) => listener.onRunOutput(this, command, line));
      listener.onRan(this, command, ran);
      return ran.exitCode === 0 ? 'passed' : 'failed';
    } catch (error) {
      // What a lost connection leaves in doubt the agent tells the next one.
      if (!isRefusal(error) || !this.#alive) return 'unknown';
      listener.onProblem(this, error.code, error.what);
      return 'failed';
    }
  }

  /** An app that ended by itself, or began without us, takes whatever comes next, rule or no rule. */
  #owe(paths: readonly string[]): { readonly needsRestart: boolean; readonly runs: readonly RunCommand[] } {
    const { listener } = this.#options;
    const behind = (this.app.state === 'held' || this.stale) && paths.length > 0;
    const needsRestart = this.#gateOpen && (behind || paths.some((path) => listener.needsRestart(path)));
    if (needsRestart) this.#restarts.owe();
    const runs = listener.runsFor(paths);
    this.#runs.owe(runs);
    return { needsRestart, runs };
  }

  #arrive(parcel: Parcel): void {
    this.#options.listener.onArrived(this, this.#outbox.done(parcel) ?? nothingNew);
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
        this.takeDigest(event);
        this.#gateOpen = event.gate === 'open';
        this.#mustFill = true;
        this.#restarts.forgive();
        this.#mustOpen = false;
        this.#runs.forgive();
        this.#runs.owe(event.runsOwed);
        this.#alive = this.takeIncarnation(event);
        break;
      case 'gone':
        this.#alive = false;
        this.setState('waiting', 'the container has ended');
        break;
      case 'app':
        this.#gateOpen = event.gate === 'open';
        this.takeApp(event.app, event.stale);
        break;
      default:
        event satisfies never;
    }
    this.#wake.ring();
  }

  #takeScrubbed(digest: string): void {
    if (digest === this.digest) return;
    const why = 'somebody changed synced files in the container; they are put back';
    this.#options.listener.onProblem(this, 'drift', why);
    this.takeDigest({ digest });
    this.#mustFill = true;
    this.#wake.ring();
  }

  /** Nothing to send and yet different: somebody changed the container, or something was missed. Look again. */
  #watchDigest(): void {
    this.#cancelHeal?.();
    this.#cancelHeal = undefined;
    const { view, clock, listener } = this.#options;
    const differs = (): boolean => this.#isSettled && this.digest !== view.digest && listener.isWhole();
    if (this.state !== 'live' || !differs()) return;
    this.#cancelHeal = clock.after(healAfterMs, () => {
      if (!differs()) return;
      this.#mustFill = true;
      this.#wake.ring();
    });
  }
}
