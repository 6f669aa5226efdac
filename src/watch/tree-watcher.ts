import { setImmediate as nextTurn } from 'node:timers/promises';
import type { RelPath } from '../core/change.ts';
import type { Clock } from '../core/clock.ts';
import { sameEntry } from '../core/entry.ts';
import type { LocalEntry, StableRead, WatchEvent, Watcher, WatchScope } from '../core/ports/watcher.ts';
import { collectGarbage } from '../tree/collect-garbage.ts';
import { DigestCache } from '../tree/digest-cache.ts';
import type { Digested } from '../tree/digest-file.ts';
import { type Look, lookAt } from '../tree/look.ts';
import { noDigests, readingOf } from '../tree/read-entry.ts';
import { readStable } from '../tree/stable-read.ts';
import { type Stamp, sameStamp } from '../tree/stamp.ts';
import { compareDirectory } from './compare-directory.ts';
import { comparePath, takeReading } from './compare-path.ts';
import { GitGuard } from './git-guard.ts';
import type { HintSource, HintSourceOptions } from './hint-source.ts';
import { IgnoreFile } from './ignore-file.ts';
import type { IgnoreReason } from './ignore-rules.ts';
import { KnownSums } from './known-sums.ts';
import { LargeFiles } from './large-files.ts';
import { LiveTree } from './live-tree.ts';
import { Outbox } from './outbox.ts';
import { noCause } from './pending-hints.ts';
import { Problems } from './problems.ts';
import { RecentContents } from './recent-contents.ts';
import { resolveRoot } from './resolve-root.ts';
import { Resting } from './resting.ts';
import { RootGuard } from './root-guard.ts';
import { SafetyNet } from './safety-net.ts';
import { saveDigests } from './save-digests.ts';
import { createSelection } from './selection.ts';
import { Unwatched } from './unwatched.ts';
import { WalkQueue } from './walk-queue.ts';
import { WatchLoop } from './watch-loop.ts';
import type { WatchState } from './watch-state.ts';

export interface TreeWatcherOptions {
  readonly root: string;
  readonly scopes: readonly WatchScope[];
  readonly extraFiles: readonly string[];
  readonly ignoreFile: string;
  readonly clock: Clock;
  readonly createHints: (options: HintSourceOptions) => HintSource;
  readonly digestCacheFile: string | undefined;
}

/** So many changes leave a heap worth collecting, once nothing more has come for a while and all is sent. */
const manyChanges = 1_000;
const quietMs = 5_000;
/** A first scan of so many does so, too. */
const manyDirectories = 100;

const anyCause = { change: true, rename: true, final: false };

/** See `Watcher`; this class wires the parts and is their lifecycle. */
export class TreeWatcher implements Watcher {
  readonly #options: TreeWatcherOptions;
  readonly #root: string;
  readonly #listeners = new Set<(event: WatchEvent) => void>();
  readonly #problems = new Problems((problem) => this.#emit(problem));
  readonly #tree = new LiveTree();
  readonly #sums = new KnownSums();
  readonly #git: GitGuard;
  readonly #safety: SafetyNet;
  readonly #state: WatchState;
  readonly #loop: WatchLoop;
  readonly #ignoreFile: IgnoreFile;
  /** Changes since memory was given back. */
  #untidied = 0;
  #cancelTidy: (() => void) | undefined;
  #phase: 'new' | 'running' | 'stopped' = 'new';

  constructor(options: TreeWatcherOptions) {
    this.#options = options;
    this.#root = resolveRoot(options.root);
    const { clock } = options;
    this.#git = new GitGuard({
      root: this.#root,
      clock,
      problems: this.#problems,
      onActivity: () => this.#loop.schedule(),
    });
    this.#safety = new SafetyNet(clock, () => this.#loop.compareEverything(false));
    this.#ignoreFile = new IgnoreFile(this.#root, options.ignoreFile);
    this.#state = this.#createState(clock);
    this.#loop = new WatchLoop({
      state: this.#state,
      git: this.#git,
      safety: this.#safety,
      emit: (event) => this.#emit(event),
      isIgnoreFile: (path) => path === options.ignoreFile,
      reloadIgnoreFile: (final) => this.#reloadIgnoreFile(final),
    });
  }

  async start(signal?: AbortSignal): Promise<void> {
    const state = this.#state;
    signal?.throwIfAborted();
    this.#git.find();
    for (; this.#git.isActive(); await this.#pause(10)) signal?.throwIfAborted();
    await state.hints.ready();
    comparePath(state, '.', { ...noCause, walk: { deep: true, rewatch: true } });
    const startedAt = performance.now();
    while (!state.walks.run(8) || !state.large.isIdle) {
      if (signal?.aborted === true) await this.stop();
      signal?.throwIfAborted();
      await (state.walks.isIdle ? this.#pause(2) : nextTurn());
    }
    // What rests now was written during the scan; its hints are pending.
    state.outbox.open();
    state.believing = false;
    this.#phase = 'running';
    this.#git.takeHeadMoved();
    this.#safety.noteCompared(performance.now() - startedAt);
    this.#safety.start();
    this.#loop.start();
    if (state.walks.compared >= manyDirectories) this.#tidyLater(manyChanges);
    const { digests } = state;
    state.digests = noDigests;
    if (!(digests instanceof DigestCache && digests.isExact)) this.#saveDigests();
  }

  get(path: RelPath): LocalEntry | undefined {
    return this.#tree.find(path)?.entry;
  }

  *entries(root: RelPath): Generator<readonly [RelPath, LocalEntry], void, void> {
    for (const [path, { entry }] of this.#tree.walk(root)) {
      if (entry !== undefined) yield [path as RelPath, entry];
    }
  }

  read(path: RelPath): StableRead | Promise<StableRead> {
    const { entry, stamp } = this.#tree.find(path) ?? {};
    const content = stamp === undefined ? undefined : this.#state.contents.find(stamp);
    // What came after it has its own hint, or is found by the next comparison with this entry.
    if (entry?.type === 'file' && content !== undefined)
      return { type: 'file', entry, mode: entry.mode, content };
    return this.#readAgain(path);
  }

  async #readAgain(path: RelPath): Promise<StableRead> {
    const digests = { find: (key: string, stamp: Stamp) => this.#knownDigest(key, stamp) };
    const sums = (stamp: Stamp) => this.#sums.find(path, stamp);
    const reading = await readStable(this.#state.absolute(path), { key: path, digests, sums });
    switch (reading.type) {
      case 'file':
        if (!sameEntry(this.get(path), reading.entry)) this.#loop.compare(path, anyCause);
        return reading;
      case 'gone':
        this.#loop.compare(path, anyCause);
        return reading;
      case 'busy':
      case 'unreadable':
        this.#state.owed.add(path);
        this.#state.resting.add(path);
        return { type: 'busy' };
      default:
        return reading satisfies never;
    }
  }

  async rescan(): Promise<void> {
    this.#loop.compareEverything(false);
    await this.#loop.settled();
  }

  covers(mapping: WatchScope, path: RelPath, type: 'file' | 'dir' | 'link'): boolean {
    return this.#state.selection.covers(mapping, path, type === 'dir');
  }

  /** Why a mapping leaves a path out; undefined when it is synced. The path lies at or below its `from`. */
  explain(mapping: WatchScope, path: RelPath, type: 'file' | 'dir' | 'link'): IgnoreReason | undefined {
    return this.#state.selection.explain(mapping, path, type === 'dir');
  }

  async acceptRoot(path: RelPath): Promise<void> {
    this.#state.roots.accept(path);
    await this.#loop.settled();
  }

  listen(listener: (event: WatchEvent) => void): () => void {
    this.#listeners.add(listener);
    const present = [...this.#problems.all()];
    // A late listener learns what is wrong already, but never inside this call.
    setImmediate(() => {
      for (const problem of present) if (this.#listeners.has(listener)) listener(problem);
    });
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async stop(): Promise<void> {
    const wasRunning = this.#phase === 'running';
    this.#phase = 'stopped';
    this.#listeners.clear();
    this.#loop.stop();
    this.#safety.stop();
    this.#git.stop();
    this.#state.resting.stop();
    this.#state.unwatched.stop();
    this.#state.roots.stop();
    this.#state.large.stop();
    this.#state.contents.stop();
    this.#cancelTidy?.();
    this.#state.walks.clear();
    if (wasRunning) this.#saveDigests();
    await this.#state.hints.close();
  }

  #emit(event: WatchEvent): void {
    if (event.type === 'changes') this.#tidyLater(event.changes.length);
    for (const listener of [...this.#listeners]) listener(event);
  }

  #tidyLater(changes: number): void {
    this.#untidied += changes;
    if (this.#untidied < manyChanges) return;
    this.#cancelTidy?.();
    this.#cancelTidy = this.#options.clock.after(quietMs, () => {
      this.#untidied = 0;
      this.#cancelTidy = undefined;
      void collectGarbage();
    });
  }

  #createState(clock: Clock): WatchState {
    const tree = this.#tree;
    const problems = this.#problems;
    const absolute = (path: string) => (path === '.' ? this.#root : `${this.#root}/${path}`);
    const { digestCacheFile, scopes } = this.#options;
    const compareAll = (paths: readonly string[]) => {
      for (const path of paths) this.#loop.compare(path, { ...anyCause, final: true });
    };
    return {
      clock,
      tree,
      problems,
      absolute,
      compareLater: (path) => this.#loop.compare(path, noCause),
      believing: true,
      owed: new Set(),
      leavers: new Map(),
      linked: new Set(),
      nameless: new Set(),
      selection: this.#select(),
      digests: digestCacheFile === undefined ? noDigests : DigestCache.load(digestCacheFile),
      outbox: new Outbox(tree, clock),
      contents: new RecentContents(clock),
      resting: new Resting(clock, compareAll),
      walks: new WalkQueue((dir, walk) => compareDirectory(this.#state, dir, walk)),
      large: new LargeFiles(absolute, (path, look, digested) => this.#takeDigest(path, look, digested)),
      roots: new RootGuard({
        roots: scopes.map(({ from }) => from),
        tree,
        clock,
        problems,
        absolute,
        selection: () => this.#state.selection,
        onBack: () => this.#loop.compareEverything(true),
      }),
      unwatched: new Unwatched(clock, problems, (dirs) => {
        for (const dir of dirs) this.#state.walks.push(dir, { deep: false, rewatch: false });
        this.#loop.schedule();
      }),
      hints: this.#options.createHints({
        root: this.#root,
        onHint: (dir, name, kind) => this.#noteHint(dir, name, kind),
        onLost: (dir) => {
          this.#state.walks.push(dir, { deep: true, rewatch: true });
          this.#loop.schedule();
        },
        wanted: (path, isDirectory) => {
          const { member, descend } = this.#state.selection.judge(path, isDirectory);
          return member || descend;
        },
      }),
    };
  }

  #noteHint(...hint: Parameters<WatchLoop['hint']>): void {
    if (hint[0] === '.' && hint[1] === '.git') this.#git.find();
    this.#loop.hint(...hint);
  }

  #takeDigest(path: string, look: Extract<Look, { type: 'file' }>, digested: Digested): void {
    const now = lookAt(this.#state.absolute(path));
    const same = now.type === 'file' && sameStamp(now.stamp, look.stamp);
    if (same && digested.type === 'digest' && digested.sums !== undefined)
      this.#sums.keep(path, look.stamp, digested.sums);
    if (same) takeReading(this.#state, path, readingOf(look, digested), { ...anyCause });
    else this.#loop.compare(path, anyCause);
    this.#loop.schedule();
  }

  #knownDigest(path: string, stamp: Stamp): string | undefined {
    const node = this.#tree.find(path);
    if (node?.entry?.type !== 'file' || node.racy || !sameStamp(node.stamp, stamp)) return undefined;
    return node.entry.digest;
  }

  #select(): WatchState['selection'] {
    const { scopes, extraFiles } = this.#options;
    return createSelection({ scopes, extraFiles, ignoreFile: this.#ignoreFile.text });
  }

  #reloadIgnoreFile(final: boolean): void {
    const { name } = this.#ignoreFile;
    switch (this.#ignoreFile.reload(final)) {
      case 'changed':
        this.#state.selection = this.#select();
        this.#loop.compareEverything(false);
        break;
      case 'empty':
        this.#state.resting.add(name);
        break;
      case 'same':
        break;
    }
  }

  #saveDigests(): void {
    const { digestCacheFile } = this.#options;
    if (digestCacheFile !== undefined) saveDigests(digestCacheFile, this.#tree);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.after(ms, resolve);
    });
  }
}
