import type { Clock } from '../../src/core/clock.ts';
import { messageOf } from '../../src/core/error.ts';
import type { PodContainer } from '../../src/core/pod-layout.ts';
import type {
  AppFacts,
  ContainerProblem,
  IncarnationFacts,
  MappingFacts,
  PathProblem,
} from '../../src/wire/messages.ts';
import { ContainerFiles } from '../files/container-files.ts';
import { OwnSecond } from '../files/own-second.ts';
import { Journal } from '../journal/journal.ts';
import { isRunning, whyRootIsClosed } from '../restarters/process-facts.ts';
import type { RestarterLink, RestarterResult } from '../restarters/restarter-link.ts';
import { type Committed, commitBatch } from './commit-batch.ts';
import { GateWait } from './gate-wait.ts';
import { isAlive, type Life } from './life.ts';
import { type ListedPath, listTree } from './list-tree.ts';
import { ManagedPaths } from './managed-paths.ts';
import type { ReceivedBatch } from './received-batch.ts';
import { replayJournal } from './replay.ts';
import type { ReplicaEvent } from './replica-event.ts';
import { settleSeconds } from './settle-seconds.ts';
import { verifyManaged } from './verify.ts';
import { newest, type Version } from './version.ts';

export interface ReplicaOptions {
  readonly name: string;
  readonly container: PodContainer;
  readonly gateWaitMs: number;
  readonly journalDir: string;
  readonly codeStagingDir: string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** Something that the pod's readiness depends on may have changed. */
  readonly onState: () => void;
}

/** How long a restarter may take for what it does at once. */
const openDeadlineMs = 15_000;
/** After so long without a write, paths that share a second get their own, ms. */
const quietMs = 1_000;

/**
 * One app container of the pod, through all its lives. A life begins when a restarter registers: replay of the
 * journal → gate → batches; it ends with the restarter's connection.
 */
export class Replica {
  readonly name: string;
  readonly #options: ReplicaOptions;
  readonly #journal: Journal;
  readonly #managed = new ManagedPaths();
  readonly #seconds = new OwnSecond();
  readonly #wait: GateWait;
  readonly #listeners = new Set<(event: ReplicaEvent) => void>();
  readonly #commits = new Set<Promise<unknown>>();
  #link: RestarterLink | undefined;
  #life: Life | undefined;
  #problem: ContainerProblem | undefined;
  #gate: 'shut' | 'open' = 'shut';
  #app: AppFacts = { state: 'waiting' };
  #stale = false;
  #wroteSinceStale = false;
  #sessions = 0;
  #newest: Version;
  #cancelQuiet: (() => void) | undefined;

  constructor(options: ReplicaOptions) {
    this.name = options.name;
    this.#options = options;
    this.#journal = new Journal({ dir: options.journalDir, container: options.name, log: options.log });
    this.#newest = this.#journal.newest;
    this.#wait = new GateWait({
      waitMs: options.gateWaitMs,
      clock: options.clock,
      onOver: () => void this.#openStale(),
    });
  }

  /** Everything a session wants to know first. */
  get state(): {
    readonly incarnation?: IncarnationFacts;
    readonly gate: 'shut' | 'open';
    readonly app: AppFacts;
    readonly digest: string;
    readonly stale: boolean;
    readonly newest: Version;
    readonly facts?: RestarterLink['registration']['facts'];
    readonly problem?: ContainerProblem;
  } {
    const registration = this.#life?.restarter.registration;
    return {
      ...(registration && { incarnation: registration.incarnation, facts: registration.facts }),
      gate: this.#gate,
      app: this.#app,
      digest: this.#managed.digest,
      stale: this.#stale,
      newest: this.#newest,
      ...(this.#problem && { problem: this.#problem }),
    };
  }

  /** Gate open and the app's process there. */
  get ready(): boolean {
    return this.#life !== undefined && this.#gate === 'open' && this.#app.state === 'running';
  }

  /** The files of the present life, for staging; absent while there is none that takes batches. */
  get files(): ContainerFiles | undefined {
    return this.#problem === undefined ? this.#life?.files : undefined;
  }

  listen(listener: (event: ReplicaEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A session has said hello; the returned function ends it. Resolves when no earlier batch is being applied. */
  async join(mappings: readonly MappingFacts[], term: number): Promise<() => void> {
    this.#sessions += 1;
    this.#updateWait();
    let left = false;
    const leave = (): void => {
      if (left) return;
      left = true;
      this.#sessions -= 1;
      this.#updateWait();
    };
    await Promise.allSettled(this.#commits);
    this.#newest = newest(this.#newest, { term, seq: 0 });
    this.#addMappings(mappings);
    return leave;
  }

  /** The highest term that anything in this container was changed under. */
  get term(): number {
    return this.#newest.term;
  }

  async commit(batch: ReceivedBatch, version: Version): Promise<Committed> {
    const { clock } = this.#options;
    const running = commitBatch(batch, version, {
      life: this.#life,
      problem: this.#problem,
      journal: this.#journal,
      managed: this.#managed,
      seconds: this.#seconds,
      now: () => clock.now(),
    });
    this.#commits.add(running);
    try {
      const committed = await running;
      if (committed.ok) {
        this.#newest = newest(this.#newest, version);
        if (committed.wrote) this.#wroteSinceStale = true;
      }
      return committed;
    } finally {
      this.#commits.delete(running);
      this.#startQuiet();
    }
  }

  async list(
    mappings: readonly MappingFacts[],
    emit: (listed: ListedPath) => void,
  ): Promise<readonly PathProblem[] | undefined> {
    const life = this.#life;
    if (life === undefined || !isAlive(life)) return undefined;
    const problems = await listTree({ files: life.files, managed: this.#managed, mappings, emit });
    return isAlive(life) ? problems : undefined;
  }

  /** Undefined when no life of the container lasted that long. */
  async verify(): Promise<string | undefined> {
    const life = this.#life;
    if (life === undefined) return undefined;
    await this.#settle(life);
    await verifyManaged(life, this.#managed);
    return isAlive(life) ? this.#managed.digest : undefined;
  }

  /** The session's word that the container is filled. */
  async open(): Promise<RestarterResult> {
    const life = this.#life;
    if (life === undefined) return gone;
    if (this.#problem !== undefined) return { ok: false, ...this.#problem };
    try {
      this.#journal.fill(life.restarter.registration.fingerprint);
    } catch (thrown) {
      return { ok: false, code: 'journal', message: `The journal cannot be written: ${messageOf(thrown)}.` };
    }
    const result = await life.restarter.request({ type: 'open' }, openDeadlineMs);
    if (result.ok && this.#stale && !this.#wroteSinceStale) this.#setStale(false);
    return result;
  }

  async restart(graceMs: number): Promise<RestarterResult> {
    const life = this.#life;
    if (life === undefined) return gone;
    await this.#settle(life);
    const result = await life.restarter.request({ type: 'restart', graceMs }, graceMs + openDeadlineMs);
    if (result.ok && this.#journal.filled) this.#setStale(false);
    return result;
  }

  /** A restarter has registered. False: another life of the container is still there. */
  attach(link: RestarterLink): boolean {
    const { incarnation } = link.registration;
    const before = this.#link;
    if (before !== undefined && before.registration.incarnation.nonce !== incarnation.nonce) {
      if (before.connected && isRunning(before.registration.incarnation)) return false;
    }
    this.#begin(link).catch((thrown: unknown) => {
      this.#options.log(`container ${this.name}: this life of it cannot be served: ${messageOf(thrown)}`);
    });
    return true;
  }

  report(link: RestarterLink, state: { readonly gate: 'shut' | 'open'; readonly app: AppFacts }): void {
    if (link !== this.#link) return;
    this.#gate = state.gate;
    this.#app = state.app;
    this.#tellApp();
    this.#updateWait();
  }

  detach(link: RestarterLink): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#life = undefined;
    this.#problem = undefined;
    this.#gate = 'shut';
    this.#app = { state: 'waiting' };
    this.#stale = false;
    this.#tell({ type: 'gone' });
    this.#updateWait();
    this.#options.onState();
  }

  stop(): void {
    this.#wait.update(false);
    this.#cancelQuiet?.();
    this.#journal.close();
  }

  async #begin(link: RestarterLink): Promise<void> {
    const { incarnation, fingerprint, facts, gate, app } = link.registration;
    this.#link = link;
    this.#life = undefined;
    this.#gate = gate;
    this.#app = app;
    this.#problem = this.#problemOf(link);
    // An agent that was started again finds the app running; only the journal knows whether a session was here.
    this.#stale = gate === 'open' && !this.#journal.filled;
    this.#wroteSinceStale = false;

    const files = new ContainerFiles({
      rootDir: `/proc/${incarnation.pid}/root`,
      container: this.#options.container,
      codeStagingDir: this.#options.codeStagingDir,
    });
    files.setMappings(this.#journal.mappings);
    const life: Life = { restarter: link, files };
    let replayed = 0;
    if (this.#problem === undefined) {
      await Promise.allSettled(this.#commits);
      const result = await replayJournal({
        journal: this.#journal,
        files,
        managed: this.#managed,
        seconds: this.#seconds,
        now: () => this.#options.clock.now(),
      });
      if (this.#link !== link) return;
      replayed = result.changed;
      for (const problem of result.problems) this.#options.log(`container ${this.name}: ${problem.message}`);
      if (gate === 'shut' && this.#journal.filled && result.problems.length === 0) {
        await this.#settle(life);
        await link.request({ type: 'open' }, openDeadlineMs);
      }
      await verifyManaged(life, this.#managed);
      if (this.#link !== link) return;
    } else this.#options.log(`container ${this.name}: ${this.#problem.message}`);
    this.#life = life;
    files.setMappings(this.#journal.mappings);
    this.#tell({
      type: 'incarnation',
      incarnation,
      gate: this.#gate,
      digest: this.#managed.digest,
      replayed,
      facts,
      ...(this.#problem && { problem: this.#problem }),
    });
    this.#options.log(
      `container ${this.name}: pid ${incarnation.pid}, image ${fingerprint.slice(0, 12) || 'unknown'}, ${replayed} paths replayed, gate ${this.#gate}`,
    );
    this.#updateWait();
    this.#options.onState();
  }

  #problemOf(link: RestarterLink): ContainerProblem | undefined {
    const { fingerprint, incarnation } = link.registration;
    const journalled = this.#journal.fingerprint;
    if (journalled !== undefined && journalled !== fingerprint) {
      const message =
        `The journal of container ${this.name} belongs to the image ${journalled.slice(0, 12)}, but the container was ` +
        `started from ${fingerprint.slice(0, 12)}. Its gate stays shut; the pod has to be replaced.`;
      return { code: 'other-image', message };
    }
    // A container whose code is on volumes only does not depend on its root.
    const closed = this.#options.container.volumes.length > 0 ? undefined : whyRootIsClosed(incarnation.pid);
    return closed === undefined ? undefined : { code: 'root-not-accessible', message: closed };
  }

  async #openStale(): Promise<void> {
    const link = this.#link;
    if (link === undefined) return;
    this.#options.log(`container ${this.name}: no session came; its gate opens on the image’s own code`);
    this.#wroteSinceStale = false;
    this.#stale = true;
    const result = await link.request({ type: 'open' }, openDeadlineMs);
    if (result.ok || this.#link !== link) return;
    this.#options.log(`container ${this.name}: ${result.message}`);
    this.#stale = false;
    this.#updateWait();
  }

  #addMappings(mappings: readonly MappingFacts[]): void {
    try {
      this.#journal.addMappings(mappings);
    } catch (thrown) {
      this.#options.log(`container ${this.name}: ${messageOf(thrown)}`);
    }
    this.#life?.files.setMappings(this.#journal.mappings);
  }

  #updateWait(): void {
    const mayWait = this.#life !== undefined && this.#problem?.code !== 'other-image';
    this.#wait.update(mayWait && this.#gate === 'shut' && this.#sessions === 0 && !this.#stale);
  }

  async #settle(life: Life): Promise<void> {
    const { clock } = this.#options;
    await settleSeconds({ files: life.files, managed: this.#managed, seconds: this.#seconds, clock });
  }

  /** What can wait until nobody saves: seconds of one's own, the journal's garbage. */
  #startQuiet(): void {
    const { clock, log } = this.#options;
    this.#cancelQuiet?.();
    this.#cancelQuiet = clock.after(quietMs, () => {
      const life = this.#life;
      const settled = life === undefined ? Promise.resolve() : this.#settle(life);
      settled
        .then(() => {
          this.#seconds.prune(clock.now());
          this.#journal.compactIfWorth();
        })
        .catch((thrown: unknown) => log(`container ${this.name}: ${messageOf(thrown)}`));
    });
  }

  #setStale(stale: boolean): void {
    if (this.#stale === stale) return;
    this.#stale = stale;
    this.#tellApp();
  }

  #tellApp(): void {
    this.#tell({ type: 'app', app: this.#app, gate: this.#gate, stale: this.#stale });
    this.#options.onState();
  }

  #tell(event: ReplicaEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

const gone = { ok: false, code: 'no-incarnation', message: 'The container does not run.' } as const;
