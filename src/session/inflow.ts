import type { Change } from '../core/change.ts';
import type { Clock } from '../core/clock.ts';
import type { Bus } from '../core/event.ts';
import type { WatchEvent } from '../core/ports/watcher.ts';
import { createBurst } from './burst.ts';
import { DeletionBurst } from './deletion-burst.ts';
import { HeldRoots } from './held-roots.ts';
import { Pause } from './pause.ts';

/** Tells deletions that need nobody's word, however many they are. */
export type IsMeant = (change: Change) => boolean;

export interface InflowOptions {
  readonly clock: Clock;
  readonly bus: Bus;
  /** One change set, on its way to the services. */
  readonly distribute: (changes: readonly Change[], detectMs: number, isMeant: IsMeant) => void;
  /** Sends or restarts that had to wait may go on. */
  readonly onFree: () => void;
  /** Something that was held back is another now. */
  readonly onProgress: () => void;
}

/** What the watcher says, on its way to becoming change sets: what has to wait for something waits here. */
export class Inflow {
  readonly pause: Pause;
  readonly roots = new HeldRoots();
  readonly #options: InflowOptions;
  readonly #burst;
  readonly #deletions: DeletionBurst;
  #heldByGit = false;
  /** Who said that whatever goes now is meant, see `meaning`. */
  #meant: IsMeant | undefined;

  constructor(options: InflowOptions) {
    this.#options = options;
    const { clock, bus, distribute, onFree } = options;
    this.#burst = createBurst(clock, onFree);
    this.#deletions = new DeletionBurst(clock, (changes) => {
      distribute(changes, 0, () => false);
      onFree();
    });
    this.pause = new Pause({ bus, clock, release: (changes, isMeant) => distribute(changes, 0, isMeant) });
  }

  /** git does not hold the tree. */
  get maySend(): boolean {
    return !this.#heldByGit;
  }

  /** No burst of saves or deletions goes on. */
  get mayRestart(): boolean {
    return !this.#burst.active && !this.#deletions.active;
  }

  take(event: WatchEvent): void {
    switch (event.type) {
      case 'changes':
        this.#takeChanges(event);
        break;
      case 'held':
        this.#heldByGit = true;
        break;
      case 'released':
        this.#heldByGit = false;
        this.#options.onFree();
        break;
      case 'problem':
        this.roots.note(event);
        this.#options.bus.emit({ event: 'problem', key: `watch/${event.path}`, ...problemOf(event) });
        this.#options.onProgress();
        break;
      default:
        event satisfies never;
    }
  }

  /** What comes until `work` is over is what a person has confirmed. */
  async meaning(isMeant: IsMeant, work: () => Promise<void>): Promise<void> {
    this.#meant = isMeant;
    try {
      await work();
    } finally {
      this.#meant = undefined;
    }
  }

  stop(): void {
    this.#burst.stop();
    this.#deletions.stop();
  }

  #takeChanges({ changes, atomic, detectMs }: Extract<WatchEvent, { type: 'changes' }>): void {
    const byGit = this.#heldByGit;
    if (this.pause.active) {
      this.pause.hold(changes, byGit);
      this.#options.onProgress();
      return;
    }
    this.#burst.note(atomic);
    const isMeant = this.#meant ?? (() => byGit);
    const now = byGit || this.#meant !== undefined ? changes : this.#deletions.sift(changes);
    if (now.length > 0) this.#options.distribute(now, detectMs, isMeant);
  }
}

function problemOf(event: Extract<WatchEvent, { type: 'problem' }>) {
  const { path, code, message, cure, resolved = false } = event;
  return { path, code, message, resolved, ...(cure !== undefined && { cure }) };
}
