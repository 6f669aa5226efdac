import type { WatchEvent } from '../core/ports/watcher.ts';
import { comparePath } from './compare-path.ts';
import type { GitGuard } from './git-guard.ts';
import type { HintKind } from './hint-source.ts';
import { joinPath } from './live-tree.ts';
import { type Cause, noCause, PendingHints, queuedEvents } from './pending-hints.ts';
import { restMs } from './resting.ts';
import type { SafetyNet } from './safety-net.ts';
import type { WatchState } from './watch-state.ts';

/** How long a turn works before the event loop gets its chance. */
const sliceMs = 4;
/** While hints keep coming, changes are collected for this long at most; while directories are compared, longer. */
const collectMs = 5;
const collectWalkMs = 20;
/** How often git's lock is looked at while something is held. */
const recheckMs = 15;
/** More held paths than this, and everything is compared instead. */
const heldPaths = 4096;
/** Who waits for everything to be compared does not wait longer for paths that never rest. */
const longestRestMs = 10 * restMs;

export interface WatchLoopOptions {
  readonly state: WatchState;
  readonly git: GitGuard;
  readonly safety: SafetyNet;
  readonly emit: (event: WatchEvent) => void;
  readonly isIgnoreFile: (path: string) => boolean;
  readonly reloadIgnoreFile: (final: boolean) => void;
}

/**
 * Turns hints into events. A save goes: hint → (end of this turn of the event loop) compared with the tree → one
 * turn later, when no further hint came, reported. A turn costs some 20 µs, so a burst is one event, a single save
 * is not delayed, and a file that is still written to has shown it by then.
 */
export class WatchLoop {
  readonly #options: WatchLoopOptions;
  readonly #pending = new PendingHints();
  #running = false;
  #turn: NodeJS.Immediate | undefined;
  #cancelRecheck: (() => void) | undefined;
  /** What of git's work is held: nothing yet; until it rests; being compared. */
  #hold: 'none' | 'held' | 'releasing' = 'none';
  #everything = false;
  #walkSince: number | undefined;
  #waiting: { readonly resolve: () => void; readonly until: number; readonly cancel: () => void }[] = [];

  constructor(options: WatchLoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#running = true;
    this.schedule();
  }

  stop(): void {
    this.#running = false;
    if (this.#turn !== undefined) clearImmediate(this.#turn);
    this.#cancelRecheck?.();
    this.#pending.clear();
    for (const { resolve, cancel } of this.#waiting.splice(0)) {
      cancel();
      resolve();
    }
  }

  hint(dir: string, name: string | undefined, kind: HintKind): void {
    this.#pending.hint(name === undefined ? dir : joinPath(dir, name), kind);
    this.#options.safety.noteHint();
    this.schedule();
  }

  compare(path: string, cause: Cause): void {
    this.#pending.add(path, cause);
    this.schedule();
  }

  compareEverything(rewatch: boolean): void {
    this.#walkSince ??= performance.now();
    this.#options.state.walks.push('.', { deep: true, rewatch });
    this.schedule();
  }

  schedule(): void {
    if (!this.#running || this.#turn !== undefined) return;
    this.#turn = setImmediate(() => {
      this.#turn = undefined;
      this.#takeTurn();
    });
  }

  /** Resolves when nothing is left to compare or report; paths that never rest are waited for only briefly. */
  settled(): Promise<void> {
    const { state } = this.#options;
    return new Promise((resolve) => {
      if (!this.#running) {
        resolve();
        return;
      }
      const until = state.clock.monotonic() + longestRestMs;
      const cancel = state.clock.after(longestRestMs, () => this.schedule());
      this.#waiting.push({ resolve, until, cancel });
      this.schedule();
    });
  }

  #takeTurn(): void {
    const { state, git } = this.#options;
    state.roots.forgetLooks();
    const { hints, burst } = this.#pending.count();
    if (burst) this.#noteBurst(hints);
    if (git.isActive()) {
      this.#holdBack(hints);
      return;
    }
    if (this.#hold === 'held') this.#beginRelease();
    const idleBefore = this.#pending.isEmpty && state.walks.isIdle;
    this.#work();
    const idle = this.#pending.isEmpty && state.walks.isIdle;
    if (idle) this.#noteWalked();
    if (this.#hold === 'releasing') this.#endRelease(idle);
    else this.#report(idleBefore, idle);
    if (!idle || !state.outbox.isEmpty) this.schedule();
    else this.#releaseWaiting();
  }

  #work(): void {
    const { state, isIgnoreFile, reloadIgnoreFile } = this.#options;
    const until = performance.now() + sliceMs;
    for (let item = this.#pending.shift(); item !== undefined; item = this.#pending.shift()) {
      const [path, cause] = item;
      comparePath(state, path, cause);
      if (isIgnoreFile(path)) reloadIgnoreFile(cause.final);
      if (performance.now() > until) break;
    }
    state.walks.run(sliceMs);
    // All of the tree is searched for them, so once for all that went together.
    if (state.nameless.size === 0 || !this.#pending.isEmpty || !state.walks.isIdle) return;
    for (const name of state.tree.namesOf(state.nameless)) this.#pending.add(name, noCause);
    state.nameless.clear();
  }

  #report(idleBefore: boolean, idle: boolean): void {
    const { state, emit } = this.#options;
    if (state.outbox.isEmpty) return;
    const quiet = idleBefore && idle;
    const limit = state.walks.isIdle ? collectMs : collectWalkMs;
    if (!quiet && state.outbox.age < limit) {
      const saves = state.walks.isIdle ? undefined : state.outbox.takeSaves();
      if (saves !== undefined) emit(saves);
      return;
    }
    const event = state.outbox.take(quiet && state.resting.size === 0 && state.large.isIdle);
    if (event !== undefined) emit(event);
  }

  #holdBack(hints: number): void {
    const { state, git, emit } = this.#options;
    const inMotion = !this.#pending.isEmpty || !state.outbox.isEmpty || state.resting.size > 0;
    if (this.#hold === 'none' && !inMotion && state.walks.isIdle) return;
    this.#cancelRecheck ??= state.clock.after(recheckMs, () => {
      this.#cancelRecheck = undefined;
      this.schedule();
    });
    // A comparison that nothing asked for just waits; git often only looks.
    if (this.#hold === 'none' && !inMotion) return;
    if (this.#hold === 'none') emit({ type: 'held', by: 'git' });
    this.#hold = 'held';
    state.believing = false;
    if (hints > 0) git.noteTreeActivity();
    if (this.#pending.size > heldPaths) {
      this.#everything = true;
      this.#pending.clear();
    }
  }

  #beginRelease(): void {
    const { state, git } = this.#options;
    this.#hold = 'releasing';
    state.believing = true;
    for (const path of state.resting.takeAll())
      this.#pending.add(path, { change: true, rename: true, final: true });
    if (git.takeHeadMoved() || this.#everything) this.compareEverything(this.#everything);
    this.#everything = false;
  }

  #endRelease(idle: boolean): void {
    const { state, emit } = this.#options;
    if (!idle || !state.large.isIdle) return;
    this.#hold = 'none';
    state.believing = false;
    const event = state.outbox.take(false);
    if (event !== undefined) emit(event);
    emit({ type: 'released' });
  }

  #noteBurst(hints: number): void {
    this.compareEverything(true);
    if (hints < queuedEvents * 0.9) return;
    this.#options.state.problems.report({
      path: '.',
      code: 'watch-overflow',
      message: `${hints} changes at once filled the queue of the kernel: everything is compared again`,
    });
  }

  #noteWalked(): void {
    this.#options.state.unwatched.noteListed();
    if (this.#walkSince === undefined) return;
    this.#options.safety.noteCompared(performance.now() - this.#walkSince);
    this.#walkSince = undefined;
    this.#options.state.problems.resolve('.', 'watch-overflow');
  }

  #releaseWaiting(): void {
    const { state } = this.#options;
    if (this.#waiting.length === 0 || !state.large.isIdle || this.#hold !== 'none') return;
    const now = state.clock.monotonic();
    this.#waiting = this.#waiting.filter(({ resolve, until, cancel }) => {
      if (state.resting.size > 0 && now < until) return true;
      cancel();
      resolve();
      return false;
    });
  }
}
