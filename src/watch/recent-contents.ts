import type { Clock } from '../core/clock.ts';
import type { Stamp } from '../tree/stamp.ts';

/** Of all files together, bytes. */
const maxBytes = 24 * 1024 * 1024;
/** Larger ones are cheap to read again, bytes. */
const maxFileBytes = 256 * 1024;
/** After so long without a new one everything is forgotten, ms. */
const idleMs = 1_500;

/**
 * Content of files as it was read for their digests, for whoever sends it next: a file that is new costs one read
 * and not two. It is known by the very stamp that it was read under. What was handed out once goes first when there is
 * no room; what nobody took yet stays.
 */
export class RecentContents {
  readonly #clock: Clock;
  readonly #fresh = new Map<Stamp, Uint8Array>();
  readonly #used = new Map<Stamp, Uint8Array>();
  #bytes = 0;
  #isIdle = true;
  #cancel: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  keep(stamp: Stamp, content: Uint8Array): void {
    if (content.length > maxFileBytes) return;
    for (const [stamp, used] of this.#used) {
      if (this.#bytes + content.length <= maxBytes) break;
      this.#used.delete(stamp);
      this.#bytes -= used.length;
    }
    if (this.#bytes + content.length > maxBytes) return;
    this.#fresh.set(stamp, content);
    this.#bytes += content.length;
    this.#isIdle = false;
    this.#cancel ??= this.#clock.after(idleMs, () => this.#wake());
  }

  find(stamp: Stamp): Uint8Array | undefined {
    const fresh = this.#fresh.get(stamp);
    if (fresh === undefined) return this.#used.get(stamp);
    this.#fresh.delete(stamp);
    this.#used.set(stamp, fresh);
    return fresh;
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#fresh.clear();
    this.#used.clear();
    this.#bytes = 0;
  }

  #wake(): void {
    this.#cancel = undefined;
    if (this.#isIdle) {
      this.stop();
      return;
    }
    this.#isIdle = true;
    this.#cancel = this.#clock.after(idleMs, () => this.#wake());
  }
}
