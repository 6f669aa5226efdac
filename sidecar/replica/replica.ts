import type { Clock } from '../../src/core/clock.ts';
import { messageOf } from '../../src/core/error.ts';
import type { PodContainer } from '../../src/core/pod-layout.ts';
import type { AppState, ContainerProblem, Incarnation, PathProblem } from '../../src/core/replica-facts.ts';
import type { RunCommand } from '../../src/core/run-command.ts';
import { collectGarbage } from '../../src/tree/collect-garbage.ts';
import type { MappingFacts } from '../../src/wire/messages.ts';
import { blockSums } from '../files/block-sums.ts';
import { ContainerFiles } from '../files/container-files.ts';
import { OwnSecond } from '../files/own-second.ts';
import { errnoOf, PathError } from '../files/path-error.ts';
import { Journal } from '../journal/journal.ts';
import { isRunning } from '../restarters/process-facts.ts';
import type { RestarterLink, RestarterResult } from '../restarters/restarter-link.ts';
import { AppGate } from './app-gate.ts';
import { type Committed, commitBatch } from './commit-batch.ts';
import { containerProblem } from './container-problem.ts';
import { isAlive, type Life } from './life.ts';
import { type ListOptions, listTree } from './list-tree.ts';
import { type ManagedPath, ManagedPaths } from './managed-paths.ts';
import type { ReceivedBatch } from './received-batch.ts';
import { replayJournal } from './replay.ts';
import type { ReplicaEvent } from './replica-event.ts';
import { RunSteps } from './run-steps.ts';
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
  /** One line; the container's name is put before it. */
  readonly log: (line: string) => void;
  /** Something that the pod's readiness depends on may have changed. */
  readonly onState: () => void;
}

/** Everything a session wants to know first. */
export interface ReplicaState {
  readonly incarnation?: Incarnation;
  readonly gate: 'shut' | 'open';
  readonly app: AppState;
  readonly digest: string;
  readonly revision: number;
  readonly stale: boolean;
  readonly restartOwed: boolean;
  readonly runsOwed: readonly RunCommand[];
  readonly newest: Version;
  readonly facts?: RestarterLink['registration']['facts'];
  readonly problem?: ContainerProblem;
}

/**
 * A session that is there when a life begins may have edits that the journal has not, such as the cure of a crash that
 * ends the container faster than anything could arrive. Its word is waited for so long, ms; then the journal is enough.
 */
const sessionWordMs = 3_000;

/** After so long without a write, paths that share a second get their own, ms. */
const quietMs = 1_000;
/** Batches of so many paths leave garbage worth collecting. */
const manyPaths = 1_000;

/**
 * One app container of the pod, through all its lives. A life begins when a restarter registers: replay of the
 * journal → gate → batches; it ends with the restarter's connection.
 */
export class Replica {
  readonly name: string;
  readonly #options: ReplicaOptions;
  readonly #journal: Journal;
  readonly #gate: AppGate;
  readonly #runs: RunSteps;
  readonly #managed = new ManagedPaths();
  readonly #seconds = new OwnSecond();
  readonly #listeners = new Set<(event: ReplicaEvent) => void>();
  readonly #commits = new Set<Promise<unknown>>();
  #link: RestarterLink | undefined;
  #life: Life | undefined;
  #problem: ContainerProblem | undefined;
  #newest: Version;
  #revision = 0;
  /** Paths of batches since the last time that memory was given back. */
  #untidied = 0;
  #cancelQuiet: (() => void) | undefined;

  constructor(options: ReplicaOptions) {
    const { name, journalDir, gateWaitMs, clock } = options;
    const log = (line: string): void => options.log(`container ${name}: ${line}`);
    this.name = name;
    this.#options = { ...options, log };
    this.#journal = new Journal({ dir: journalDir, container: name, log });
    this.#newest = this.#journal.newest;
    this.#runs = new RunSteps(this.#journal, log);
    this.#gate = new AppGate({
      waitMs: gateWaitMs,
      clock,
      log,
      onChange: () => {
        this.#tell({ type: 'app', ...this.#gate.facts });
        options.onState();
      },
    });
  }

  get state(): ReplicaState {
    const registration = this.#life?.restarter.registration;
    return {
      ...(registration && { incarnation: registration.incarnation, facts: registration.facts }),
      ...this.#gate.facts,
      restartOwed: this.#gate.restartOwed,
      runsOwed: this.#runs.owed,
      digest: this.#managed.digest,
      revision: ++this.#revision,
      newest: this.#newest,
      ...(this.#problem && { problem: this.#problem }),
    };
  }

  /** Gate open and the app's process there. */
  get ready(): boolean {
    const { gate, app } = this.#gate.facts;
    return this.#life !== undefined && gate === 'open' && app.state === 'running';
  }

  /** The files of the present life, for staging; absent while there is none that takes batches. */
  get files(): ContainerFiles | undefined {
    return this.#problem === undefined ? this.#life?.files : undefined;
  }

  /** The highest term that anything in this container was changed under. */
  get term(): number {
    return this.#newest.term;
  }

  listen(listener: (event: ReplicaEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A session has said hello; the returned function ends it. Resolves when no earlier batch is being applied. */
  async join(mappings: readonly MappingFacts[], term: number): Promise<() => void> {
    const leave = this.#gate.join();
    await Promise.allSettled(this.#commits);
    this.#newest = newest(this.#newest, { term, seq: 0 });
    try {
      this.#journal.addMappings(mappings);
    } catch (thrown) {
      this.#options.log(`the journal cannot be written: ${messageOf(thrown)}`);
    }
    this.#life?.files.setMappings(this.#journal.mappings);
    return leave;
  }

  /** @param after what has to follow for the app to run what is in the batch: a restart, and commands before that */
  async commit(
    batch: ReceivedBatch,
    version: Version,
    after: { readonly restart: boolean; readonly runs: readonly RunCommand[] },
  ): Promise<Committed> {
    const { clock } = this.#options;
    const running = commitBatch(batch, version, {
      life: this.#life,
      problem: this.#problem,
      journal: this.#journal,
      managed: this.#managed,
      seconds: this.#seconds,
      now: () => clock.now(),
      runs: after.runs,
    });
    this.#commits.add(running);
    try {
      const committed = await running;
      if (!committed.ok) return committed;
      this.#newest = newest(this.#newest, version);
      this.#untidied += committed.paths;
      if (committed.wrote) this.#gate.wrote(after.restart);
      this.#runs.take(after.runs);
      return committed;
    } finally {
      this.#commits.delete(running);
      this.#startQuiet();
    }
  }

  /** Undefined when no life of the container lasted that long. */
  async list(
    options: Pick<ListOptions, 'mappings' | 'emit' | 'drained'>,
  ): Promise<readonly PathProblem[] | undefined> {
    const life = this.#life;
    if (life === undefined || !isAlive(life)) return undefined;
    const problems = await listTree({ ...options, files: life.files, managed: this.#managed });
    return isAlive(life) ? problems : undefined;
  }

  /** What kdev put at a path, as far as this agent knows. */
  managedAt(path: string): ManagedPath | undefined {
    return this.#managed.get(path);
  }

  /** The sums of a file's blocks; empty for what is no file of kdev's, or cannot be read. */
  async sums(path: string): Promise<Buffer> {
    const known = this.#managed.get(path)?.entry;
    const files = this.files;
    if (known?.type !== 'file' || files === undefined) return Buffer.alloc(0);
    try {
      return await blockSums(files, path, known.size);
    } catch (thrown) {
      if (errnoOf(thrown) === undefined && !(thrown instanceof PathError)) throw thrown;
      // Then all of the file is sent, which says what is wrong with it.
      return Buffer.alloc(0);
    }
  }

  /** The digest as the disk has it; undefined when no life of the container lasted that long. */
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
    return this.#gate.open(life.restarter);
  }

  async restart(graceMs: number): Promise<RestarterResult> {
    const life = this.#life;
    if (life === undefined) return gone;
    return this.#runs.after(async () => {
      await this.#settle(life);
      return this.#gate.restart(life.restarter, graceMs, this.#journal.filled);
    });
  }

  /** Runs a command in the container, after what is being run already. */
  async run(run: RunCommand, onOutput: (line: string) => void): Promise<RestarterResult> {
    const life = this.#life;
    if (life === undefined) return gone;
    await this.#settle(life);
    return this.#runs.run(life.restarter, run, onOutput);
  }

  /** A restarter has registered. False: another life of the container is still there. */
  attach(link: RestarterLink): boolean {
    const before = this.#link?.registration.incarnation;
    const isOther = before !== undefined && before.nonce !== link.registration.incarnation.nonce;
    if (isOther && this.#link?.connected && isRunning(before)) return false;
    this.#begin(link).catch((thrown: unknown) => {
      this.#options.log(`this life cannot be served: ${messageOf(thrown)}`);
    });
    return true;
  }

  report(link: RestarterLink, state: { readonly gate: 'shut' | 'open'; readonly app: AppState }): void {
    if (link === this.#link) this.#gate.report(state);
  }

  detach(link: RestarterLink): void {
    if (link !== this.#link) return;
    this.#link = undefined;
    this.#life = undefined;
    this.#problem = undefined;
    this.#gate.end();
    this.#tell({ type: 'gone' });
    this.#options.onState();
  }

  stop(): void {
    this.#gate.stop();
    this.#cancelQuiet?.();
    this.#journal.close();
  }

  async #begin(link: RestarterLink): Promise<void> {
    const { container, codeStagingDir, log } = this.#options;
    const { incarnation, fingerprint, facts } = link.registration;
    this.#link = link;
    this.#life = undefined;
    this.#problem = containerProblem(link.registration, this.#journal.fingerprint, container);
    this.#gate.begin(link, this.#journal.filled);
    this.#runs.begin(link.registration.gate === 'shut');
    const rootDir = `/proc/${incarnation.pid}/root`;
    const files = new ContainerFiles({ rootDir, container, codeStagingDir });
    const life: Life = { restarter: link, files };
    const { changed: replayed, mayOpen } =
      this.#problem === undefined ? await this.#replay(life) : { changed: 0, mayOpen: false };
    if (this.#link !== link) return;
    this.#life = life;
    files.setMappings(this.#journal.mappings);
    if (this.#problem?.code !== 'other-image') this.#gate.allowWait();
    log(
      `pid ${incarnation.pid}, image ${fingerprint.slice(0, 12) || 'unknown'}, ${replayed} paths replayed, ` +
        `gate ${this.#gate.facts.gate}${this.#problem === undefined ? '' : `. ${this.#problem.message}`}`,
    );
    this.#tell({
      type: 'incarnation',
      incarnation,
      gate: this.#gate.facts.gate,
      digest: this.#managed.digest,
      revision: ++this.#revision,
      replayed,
      facts,
      runsOwed: this.#runs.owed,
      ...(this.#problem && { problem: this.#problem }),
    });
    this.#options.onState();
    if (mayOpen && this.#gate.facts.gate === 'shut') {
      this.#options.clock.after(sessionWordMs, () => {
        if (this.#link === link && this.#gate.facts.gate === 'shut') void this.#openReplayed(link);
      });
    }
  }

  /** Brings a new life to where the journal is, and starts its app when that is all it needs and nobody is there. */
  async #replay(life: Life): Promise<{ readonly changed: number; readonly mayOpen: boolean }> {
    const { clock, log } = this.#options;
    await Promise.allSettled(this.#commits);
    life.files.setMappings(this.#journal.mappings);
    const { changed, problems } = await replayJournal({
      journal: this.#journal,
      files: life.files,
      managed: this.#managed,
      seconds: this.#seconds,
      now: () => clock.now(),
    });
    for (const problem of problems) log(problem.message);
    let mayOpen = false;
    if (this.#gate.facts.gate === 'shut' && this.#journal.filled && problems.length === 0) {
      await this.#settle(life);
      mayOpen = await this.#runs.replay(life.restarter);
      if (mayOpen && !this.#gate.hasSession) await this.#openReplayed(life.restarter);
    }
    await verifyManaged(life, this.#managed);
    return { changed, mayOpen };
  }

  async #openReplayed(restarter: Life['restarter']): Promise<void> {
    const opened = await this.#gate.open(restarter);
    if (!opened.ok) this.#options.log(`the app did not start: ${opened.message}`);
  }

  async #settle(life: Life): Promise<void> {
    const { clock } = this.#options;
    await settleSeconds({ files: life.files, managed: this.#managed, seconds: this.#seconds, clock });
  }

  /** What can wait until nobody saves: seconds of one's own, the journal's garbage. */
  #startQuiet(): void {
    const { clock, log } = this.#options;
    const tidy = async (): Promise<void> => {
      if (this.#life !== undefined) await this.#settle(this.#life);
      this.#seconds.prune(clock.now());
      this.#journal.compactIfWorth();
      if (this.#untidied < manyPaths) return;
      this.#untidied = 0;
      await collectGarbage();
    };
    this.#cancelQuiet?.();
    this.#cancelQuiet = clock.after(quietMs, () => {
      tidy().catch((thrown: unknown) => log(messageOf(thrown)));
    });
  }

  #tell(event: ReplicaEvent): void {
    for (const listener of [...this.#listeners]) listener(event);
  }
}

const gone = { ok: false, code: 'no-incarnation', message: 'The container does not run.' } as const;
