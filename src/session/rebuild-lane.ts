import { type BuildPolicy, decideOnNewInput, freshBuildPolicy } from '../core/build-policy.ts';
import type { Clock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';

/** A build's inputs must rest this long before it starts, ms: a package manager writes its lock file after its list. */
const settleMs = 300;
/** An editor that saves by itself never lets them rest: no build is put off for longer, ms. */
const settleAtMostMs = 1_500;

/** What a rebuild is for. */
export interface RebuildWish {
  /** For people, e.g. `requirements.txt changed`. */
  readonly reason: string;
  /** Everything that goes into the image is compared, not only what the rebuild rules name. */
  readonly asked: boolean;
  /** Build and roll out also when nothing that goes into the image has changed. */
  readonly forced: boolean;
}

export type RebuildRequest = (reason: string, options: Pick<RebuildWish, 'asked'>) => void;

interface Run {
  readonly wish: RebuildWish;
  /** Never rejects. */
  readonly done: Promise<void>;
  readonly abort: AbortController;
  /** Who waits for it, and nobody else does. */
  readonly waiting: Waiting[];
  /** Only people asked for it, so that it ends with their patience. */
  readonly personal: boolean;
  /** It is let finish whatever comes. */
  kept: boolean;
}

interface Waiting {
  readonly wish: RebuildWish;
  resolve(): void;
  reject(error: unknown): void;
}

export interface RebuildLaneOptions {
  readonly clock: Clock;
  /** Builds and rolls out; throws when it failed, after it has told so. */
  readonly rebuild: (wish: RebuildWish, signal: AbortSignal) => Promise<void>;
  /** `busy` or `failure` may be another now. */
  readonly onProgress: () => void;
}

/**
 * Rebuilds of one service, one at a time. Syncs never wait for it. A newer edit of the build's own inputs cancels
 * the running build, within the limits of the build policy, and what comes meanwhile makes one build together.
 */
export class RebuildLane {
  readonly #options: RebuildLaneOptions;
  #policy: BuildPolicy = freshBuildPolicy;
  /** Edits ask for it; it begins when they rest. */
  #due: { readonly wish: RebuildWish; readonly since: number; readonly cancel: () => void } | undefined;
  #running: Run | undefined;
  /** Edits that came too late for what runs. */
  #next: RebuildWish | undefined;
  /** Who waits for a rebuild that has not begun. */
  #waiting: Waiting[] = [];
  #onInput: (() => boolean) | undefined;
  #ends: (() => void)[] = [];
  #failure: Error | undefined;
  #stopped = false;

  constructor(options: RebuildLaneOptions) {
    this.#options = options;
  }

  /** An edit asks for it; it begins when the edits rest. */
  readonly request: RebuildRequest = (reason, { asked }) => {
    if (this.#stopped) return;
    const { clock } = this.#options;
    const before = this.#due;
    before?.cancel();
    const since = before?.since ?? clock.monotonic();
    const wish = merge(before?.wish, { reason, asked, forced: false });
    const left = Math.max(0, since + settleAtMostMs - clock.monotonic());
    const cancel = clock.after(Math.min(settleMs, left), () => this.#takeDue());
    this.#due = { wish, since, cancel };
    this.#options.onProgress();
  };

  /**
   * A person's wish: begins at once, after the build that runs. When the signal aborts and nobody else wants it, it is
   * cancelled.
   *
   * @throws what rebuilding throws; `session-ended`; the signal's reason
   */
  force(wish: RebuildWish, signal?: AbortSignal): Promise<void> {
    if (this.#stopped) return Promise.reject(sessionEnded());
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { wish, resolve, reject };
      const onAbort = (): void => this.#withdraw(waiting, signal?.reason);
      if (signal?.aborted) {
        reject(signal.reason as Error);
        return;
      }
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#waiting.push(waiting);
      if (this.#due !== undefined) this.#takeDue();
      else this.#begin();
    });
  }

  /**
   * Whoever holds the lane builds by other means; nothing begins here until the returned function is called. `onInput`
   * hears of newer edits, and answers whether it takes them in itself.
   */
  hold(onInput: () => boolean): () => void {
    this.#onInput = onInput;
    return () => {
      this.#onInput = undefined;
      this.#begin();
    };
  }

  get busy(): boolean {
    return this.#running !== undefined || this.#due !== undefined || this.#next !== undefined;
  }

  /** What the last rebuild threw; undefined when it succeeded or there was none. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /** Resolves when what is due or runs at the time of the call has ended, in whatever way. */
  async rest(): Promise<void> {
    for (let ended = 0; this.busy && ended < 2; ended++) {
      await new Promise<void>((resolve) => this.#ends.push(resolve));
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#due?.cancel();
    this.#due = undefined;
    this.#next = undefined;
    this.#running?.abort.abort(new Error('the session ends'));
    await this.#running?.done;
    for (const { reject } of this.#waiting.splice(0)) reject(sessionEnded());
    this.#end();
  }

  /** The edits have rested, or a person cannot wait for that. */
  #takeDue(): void {
    const due = this.#due;
    due?.cancel();
    this.#due = undefined;
    if (due === undefined) return;
    if (this.#onInput?.() === true) {
      this.#end();
      return;
    }
    this.#next = merge(this.#next, due.wish);
    const run = this.#running;
    if (run !== undefined && !run.kept && !run.abort.signal.aborted) {
      const { cancel, next } = decideOnNewInput(this.#policy);
      this.#policy = next;
      run.kept = !cancel;
      // What was asked for and cancelled is still asked for.
      if (cancel) {
        this.#next = merge(run.wish, this.#next);
        run.abort.abort(new Error('a newer edit of what goes into it came'));
      }
    }
    this.#begin();
  }

  #begin(): void {
    if (this.#stopped || this.#running !== undefined || this.#onInput !== undefined) return;
    const byEdit = this.#next;
    const waiting = this.#waiting.splice(0);
    const wish = waiting.reduce((so, each) => merge(so, each.wish, so?.reason), byEdit);
    if (wish === undefined) return;
    this.#next = undefined;
    const abort = new AbortController();
    const done = this.#run(wish, abort.signal, waiting);
    this.#running = { wish, done, abort, waiting, personal: byEdit === undefined, kept: false };
    this.#options.onProgress();
  }

  async #run(wish: RebuildWish, signal: AbortSignal, waiting: Waiting[]): Promise<void> {
    // So that whoever begins it has noted it down before anything of it happens.
    await Promise.resolve();
    try {
      await this.#options.rebuild(wish, signal);
      this.#policy = freshBuildPolicy;
      this.#failure = undefined;
      for (const { resolve } of waiting) resolve();
    } catch (error) {
      // Told by whoever rebuilds; the running pods are untouched and the next edit tries again.
      if (signal.aborted) this.#waiting.unshift(...waiting);
      else {
        this.#failure = error instanceof Error ? error : new Error(String(error));
        for (const { reject } of waiting) reject(error);
      }
    }
    this.#running = undefined;
    this.#begin();
    this.#end();
  }

  #withdraw(waiting: Waiting, reason: unknown): void {
    waiting.reject(reason);
    this.#waiting = this.#waiting.filter((each) => each !== waiting);
    const run = this.#running;
    const at = run?.waiting.indexOf(waiting) ?? -1;
    if (run === undefined || at < 0) return;
    run.waiting.splice(at, 1);
    if (run.personal && run.waiting.length === 0)
      run.abort.abort(reason instanceof Error ? reason : new Error(String(reason)));
  }

  #end(): void {
    for (const end of this.#ends.splice(0)) end();
    this.#options.onProgress();
  }
}

/** What both ask for; the later one's reason, unless another is given. */
function merge(before: RebuildWish | undefined, wish: RebuildWish, reason = wish.reason): RebuildWish {
  if (before === undefined) return wish;
  return { reason, asked: before.asked || wish.asked, forced: before.forced || wish.forced };
}

function sessionEnded(): KdevError {
  return new KdevError({
    code: 'session-ended',
    fault: 'environment',
    what: 'The running kdev watch ended before that was done.',
    cure: 'Start kdev watch again: it brings everything up to date.',
  });
}
