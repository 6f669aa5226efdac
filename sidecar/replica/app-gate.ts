import type { Clock } from '../../src/core/clock.ts';
import type { AppState } from '../../src/core/replica-facts.ts';
import type { Restarter, RestarterResult } from '../restarters/restarter-link.ts';

export interface AppGateOptions {
  /** How long a container without a session and a filled journal holds its app back, ms. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly log: (line: string) => void;
  /** Gate, app or staleness are not what they were. */
  readonly onChange: () => void;
}

/** How long a restarter may take to start the app, ms. */
const openDeadlineMs = 15_000;

/**
 * When the app of a container may start. The restarter holds the gate; this decides: on a session's word, after the
 * replay of a filled journal, or when no session came for `waitMs`. What was started that last way is stale: it runs
 * the image's own code.
 */
export class AppGate {
  readonly #options: AppGateOptions;
  #restarter: Restarter | undefined;
  #gate: 'shut' | 'open' = 'shut';
  #app: AppState = { state: 'waiting' };
  #stale = false;
  #wroteSinceStale = false;
  #restartOwed = false;
  #restarts = 0;
  #sessions = 0;
  #mayWait = false;
  #cancelWait: (() => void) | undefined;

  constructor(options: AppGateOptions) {
    this.#options = options;
  }

  /** A session said that the app must be restarted for what it wrote, and nothing has started it since. */
  get restartOwed(): boolean {
    return this.#restartOwed;
  }

  get facts(): { readonly gate: 'shut' | 'open'; readonly app: AppState; readonly stale: boolean } {
    return { gate: this.#gate, app: this.#app, stale: this.#stale };
  }

  /** A life of the container begins. An agent that was started again finds its gate open. */
  begin(restarter: Restarter, filled: boolean): void {
    this.#restarter = restarter;
    this.#gate = restarter.registration.gate;
    this.#app = restarter.registration.app;
    this.#stale = this.#gate === 'open' && !filled;
    this.#wroteSinceStale = false;
    this.#restartOwed = false;
    this.#mayWait = false;
  }

  /** From now on the wait for a session may begin. */
  allowWait(): void {
    this.#mayWait = true;
    this.#update();
  }

  end(): void {
    this.#restarter = undefined;
    this.#gate = 'shut';
    this.#app = { state: 'waiting' };
    this.#stale = false;
    this.#mayWait = false;
    this.#update();
  }

  /** What the restarter says about its app. */
  report(state: { readonly gate: 'shut' | 'open'; readonly app: AppState }): void {
    this.#gate = state.gate;
    this.#app = state.app;
    this.#update();
    this.#options.onChange();
  }

  /** A session is there; the returned function says that it left. */
  join(): () => void {
    this.#sessions += 1;
    this.#update();
    return () => {
      this.#sessions -= 1;
      this.#update();
    };
  }

  get hasSession(): boolean {
    return this.#sessions > 0;
  }

  /** Files changed: an app that was started stale has not seen them; one that runs may need a restart for them. */
  wrote(needsRestart: boolean): void {
    this.#wroteSinceStale = true;
    if (needsRestart && this.#gate === 'open') this.#restartOwed = true;
  }

  async open(restarter: Restarter): Promise<RestarterResult> {
    // The restarter would answer after the restart, which may take as long as the app's grace.
    const restarting = this.#restarts > 0 || this.#app.state === 'stopping';
    if (this.#gate === 'open' && restarting) return { ok: true };
    const result = await restarter.request({ type: 'open' }, openDeadlineMs);
    if (result.ok && !this.#wroteSinceStale) this.#freshen();
    return result;
  }

  async restart(restarter: Restarter, graceMs: number, filled: boolean): Promise<RestarterResult> {
    // Before it is asked for: what is written meanwhile may come too late for this start.
    const owed = this.#restartOwed;
    this.#restartOwed = false;
    this.#restarts += 1;
    const result = await restarter
      .request({ type: 'restart', graceMs }, graceMs + openDeadlineMs)
      .finally(() => {
        this.#restarts -= 1;
      });
    if (!result.ok) this.#restartOwed ||= owed;
    if (result.ok && filled) this.#freshen();
    return result;
  }

  stop(): void {
    this.#cancelWait?.();
  }

  #freshen(): void {
    if (!this.#stale) return;
    this.#stale = false;
    this.#options.onChange();
  }

  #update(): void {
    const needed = this.#mayWait && this.#gate === 'shut' && this.#sessions === 0 && !this.#stale;
    if (!needed) {
      this.#cancelWait?.();
      this.#cancelWait = undefined;
    } else if (this.#cancelWait === undefined) {
      this.#cancelWait = this.#options.clock.after(this.#options.waitMs, () => {
        this.#cancelWait = undefined;
        void this.#openStale();
      });
    }
  }

  async #openStale(): Promise<void> {
    const restarter = this.#restarter;
    if (restarter === undefined) return;
    this.#options.log('no session came; the gate opens on the image’s own code');
    // Before the app starts, so that nobody hears of it without hearing that it is stale.
    this.#stale = true;
    this.#wroteSinceStale = false;
    const result = await restarter.request({ type: 'open' }, openDeadlineMs);
    if (result.ok || this.#restarter !== restarter) return;
    this.#options.log(`the app did not start: ${result.message}`);
    this.#stale = false;
    this.#update();
  }
}
