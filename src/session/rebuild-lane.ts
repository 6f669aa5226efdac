import { type BuildPolicy, decideOnNewInput, freshBuildPolicy } from '../core/build-policy.ts';
import type { Clock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';

/** A build's inputs must rest this long before it starts, ms: a package manager writes its lock file after its list. */
const settleMs = 300;

/** What a rebuild is for. */
export interface RebuildWish {
  /** For people, e.g. `requirements.txt changed`. */
  readonly reason: string;
  /** Build and roll out also when nothing that goes into the image has changed. */
  readonly forced: boolean;
}

interface Run {
  readonly wish: RebuildWish;
  readonly done: Promise<void>;
  readonly abort: AbortController;
}

interface Waiting {
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
 * the running build, within the limits of the build policy.
 */
export class RebuildLane {
  readonly #options: RebuildLaneOptions;
  #policy: BuildPolicy = freshBuildPolicy;
  #due: { readonly reason: string; readonly cancel: () => void } | undefined;
  #running: Run | undefined;
  /** Who waits for a forced rebuild. */
  #waiting: Waiting[] = [];
  #failure: Error | undefined;
  #stopped = false;

  constructor(options: RebuildLaneOptions) {
    this.#options = options;
  }

  /** An edit asks for it; it begins when the edits rest. */
  request(reason: string): void {
    if (this.#stopped) return;
    this.#due?.cancel();
    const cancel = this.#options.clock.after(settleMs, () => {
      this.#due = undefined;
      this.#begin({ reason, forced: false }, true);
    });
    this.#due = { reason, cancel };
  }

  /** A person's wish: begins at once, after the build that runs. @throws what rebuilding throws */
  force(reason: string): Promise<void> {
    if (this.#stopped) return Promise.reject(sessionEnded());
    const due = this.#due;
    this.#due = undefined;
    due?.cancel();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#begin({ reason: due?.reason ?? reason, forced: true }, due !== undefined);
    });
  }

  get busy(): boolean {
    return this.#running !== undefined || this.#due !== undefined;
  }

  /** What the last rebuild threw; undefined when it succeeded or there was none. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#due?.cancel();
    this.#running?.abort.abort();
    await this.#running?.done;
    for (const { reject } of this.#waiting.splice(0)) reject(sessionEnded());
  }

  #begin(wish: RebuildWish, newInputs: boolean): void {
    const before = this.#running;
    let { forced } = wish;
    if (before !== undefined && newInputs) {
      const { cancel, next } = decideOnNewInput(this.#policy);
      this.#policy = next;
      if (cancel) {
        before.abort.abort();
        // What was asked for and cancelled is still asked for.
        forced ||= before.wish.forced;
      }
    }
    const abort = new AbortController();
    const done = this.#run({ ...wish, forced }, abort, before?.done);
    this.#running = { wish: { ...wish, forced }, done, abort };
    this.#options.onProgress();
  }

  async #run(wish: RebuildWish, abort: AbortController, before: Promise<void> | undefined): Promise<void> {
    await before;
    if (!this.#stopped && !abort.signal.aborted) {
      const waiting = wish.forced ? this.#waiting.splice(0) : [];
      try {
        await this.#options.rebuild(wish, abort.signal);
        this.#policy = freshBuildPolicy;
        this.#failure = undefined;
        for (const { resolve } of waiting) resolve();
      } catch (error) {
        // Told by whoever rebuilds; the running pods are untouched and the next edit tries again.
        if (abort.signal.aborted) this.#waiting.unshift(...waiting);
        else {
          this.#failure = error instanceof Error ? error : new Error(String(error));
          for (const { reject } of waiting) reject(error);
        }
      }
    }
    if (this.#running?.abort === abort) this.#running = undefined;
    this.#options.onProgress();
  }
}

function sessionEnded(): KdevError {
  return new KdevError({
    code: 'session-ended',
    fault: 'environment',
    what: 'The running kdev watch ended before that was done.',
    cure: 'Start kdev watch again: it brings everything up to date.',
  });
}
