import type { HintKind } from './hint-source.ts';

/** Why a path is compared. */
export interface Cause {
  /** Its content or attributes were touched. */
  readonly change: boolean;
  /** Its name came, went or was replaced. */
  readonly rename: boolean;
  /** It was quiet for its time: a missing or empty path is believed. */
  readonly final: boolean;
  /** Found by a comparison of its directory, not by a hint; `deep`: what is below is compared, too. */
  readonly walk?: { readonly deep: boolean; readonly rewatch: boolean };
}

export const noCause: Cause = { change: false, rename: false, final: false };

/**
 * The kernel queues 16 384 events (fs.inotify.max_queued_events) and drops the rest without libuv telling. All that
 * was queued is delivered at once, so this many hints together mean that some may be lost.
 */
const burstHints = 2048;
export const queuedEvents = 16_384;

/** Hints that were not looked at yet, one cause per path. */
export class PendingHints {
  readonly #causes = new Map<string, Cause>();
  #hints = 0;

  get isEmpty(): boolean {
    return this.#causes.size === 0;
  }

  get size(): number {
    return this.#causes.size;
  }

  hint(path: string, kind: HintKind): void {
    this.#hints++;
    this.add(path, { change: kind !== 'rename', rename: kind !== 'change', final: false });
  }

  add(path: string, cause: Cause): void {
    const known = this.#causes.get(path);
    this.#causes.set(path, known === undefined ? cause : merge(known, cause));
  }

  /** The oldest one, which it forgets. */
  shift(): readonly [string, Cause] | undefined {
    const first = this.#causes.entries().next().value;
    if (first !== undefined) this.#causes.delete(first[0]);
    return first;
  }

  /** How many hints came since this was asked last, and whether they are so many that others may be missing. */
  count(): { readonly hints: number; readonly burst: boolean } {
    const hints = this.#hints;
    this.#hints = 0;
    return { hints, burst: hints >= burstHints };
  }

  clear(): void {
    this.#causes.clear();
  }
}

function merge(a: Cause, b: Cause): Cause {
  const walk = a.walk ?? b.walk;
  return {
    change: a.change || b.change,
    rename: a.rename || b.rename,
    final: a.final || b.final,
    ...(walk !== undefined && { walk }),
  };
}
