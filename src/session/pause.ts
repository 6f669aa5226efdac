import type { Change } from '../core/change.ts';
import type { Clock } from '../core/clock.ts';
import type { Bus } from '../core/event.ts';
import { HeldChanges } from './held-changes.ts';

/** While paused, keeps what changes; afterwards it goes out as one change set. */
export class Pause {
  readonly held = new HeldChanges();
  /** Of what is held, what git did. */
  readonly #byGit = new Set<string>();
  readonly #bus: Bus;
  readonly #clock: Clock;
  readonly #release: (changes: readonly Change[], isMeant: (change: Change) => boolean) => void;
  #active = false;

  constructor(options: {
    readonly bus: Bus;
    readonly clock: Clock;
    /** `isMeant`: git did it, so that nobody has to confirm it. */
    readonly release: (changes: readonly Change[], isMeant: (change: Change) => boolean) => void;
  }) {
    this.#bus = options.bus;
    this.#clock = options.clock;
    this.#release = options.release;
  }

  get active(): boolean {
    return this.#active;
  }

  hold(changes: readonly Change[], byGit: boolean): void {
    this.held.add(changes);
    for (const { path } of changes) {
      if (byGit) this.#byGit.add(path);
      else this.#byGit.delete(path);
    }
  }

  begin(): void {
    if (this.#active) return;
    this.#active = true;
    this.#bus.emit({ event: 'paused', paused: true });
  }

  end(): void {
    if (!this.#active) return;
    this.#active = false;
    this.#bus.emit({ event: 'paused', paused: false });
    const byGit = new Set(this.#byGit);
    this.#byGit.clear();
    if (this.held.size === 0) return;
    // As if it had happened now, so that latencies count from here.
    const at = this.#clock.now();
    const changes = this.held.takeAll().map((change) => ({ ...change, at }));
    this.#release(changes, ({ path }) => byGit.has(path));
  }
}
