import { type BuildPolicy, decideOnNewInput, freshBuildPolicy } from '../core/build-policy.ts';
import type { Clock } from '../core/clock.ts';
import type { StepReason } from '../core/plan.ts';

/** A build's inputs must rest this long before it starts, ms: a package manager writes its lock file after its list. */
const settleMs = 300;

/**
 * Rebuilds of one service, one at a time. Syncs never wait for it. A newer edit of the build's own inputs cancels
 * the running build, within the limits of the build policy.
 */
export class RebuildLane {
  readonly #clock: Clock;
  /** Builds and rolls out; throws when it failed, after it has told so. */
  readonly #rebuild: (reason: StepReason, signal: AbortSignal) => Promise<void>;
  #policy: BuildPolicy = freshBuildPolicy;
  #cancelTimer: (() => void) | undefined;
  #running: { readonly done: Promise<void>; readonly abort: AbortController } | undefined;
  #stopped = false;

  constructor(options: {
    readonly clock: Clock;
    readonly rebuild: (reason: StepReason, signal: AbortSignal) => Promise<void>;
  }) {
    this.#clock = options.clock;
    this.#rebuild = options.rebuild;
  }

  request(reason: StepReason): void {
    if (this.#stopped) return;
    this.#cancelTimer?.();
    this.#cancelTimer = this.#clock.after(settleMs, () => {
      this.#cancelTimer = undefined;
      this.#begin(reason);
    });
  }

  get busy(): boolean {
    return this.#running !== undefined || this.#cancelTimer !== undefined;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelTimer?.();
    this.#running?.abort.abort();
    await this.#running?.done;
  }

  #begin(reason: StepReason): void {
    const before = this.#running;
    if (before !== undefined) {
      const { cancel, next } = decideOnNewInput(this.#policy);
      this.#policy = next;
      if (cancel) before.abort.abort();
    }
    const abort = new AbortController();
    const done = this.#run(reason, abort, before?.done);
    this.#running = { done, abort };
  }

  async #run(reason: StepReason, abort: AbortController, before: Promise<void> | undefined): Promise<void> {
    await before;
    if (!this.#stopped && !abort.signal.aborted) {
      try {
        await this.#rebuild(reason, abort.signal);
        this.#policy = freshBuildPolicy;
      } catch {
        // Told by whoever rebuilds; the running pods are untouched and the next edit tries again.
      }
    }
    if (this.#running?.abort === abort) this.#running = undefined;
  }
}
