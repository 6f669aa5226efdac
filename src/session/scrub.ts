import type { Clock } from '../core/clock.ts';
import { hasCode } from '../core/error.ts';

/** How often a container that rests is compared with its own disk, ms. */
const scrubEveryMs = 30_000;
/** It takes one part of so many of the time at the most: a large tree is looked at less often. */
const scrubShare = 400;

/**
 * Finds what somebody else changed in a container: now and then the agent looks at its disk again. A connection that
 * ends meanwhile ends it; whoever serves the connection learns that by itself. Returns how to stop.
 */
export function keepScrubbing(options: {
  readonly clock: Clock;
  /** @default 30 000 ms */
  readonly everyMs?: number | undefined;
  /** Nothing is on its way, so that what differs was done by somebody else. */
  readonly isQuiet: () => boolean;
  readonly verify: () => Promise<string>;
  readonly onDigest: (before: string, after: string) => void;
  /** The digest that the container last told. */
  readonly digest: () => string;
}): () => void {
  const { clock, everyMs = scrubEveryMs, isQuiet, verify, onDigest, digest } = options;
  let stopped = false;
  let cancel = clock.after(everyMs, () => void scrub());
  const scrub = async (): Promise<void> => {
    const start = clock.monotonic();
    const before = digest();
    try {
      if (isQuiet()) {
        const after = await verify();
        // What arrived meanwhile made the answer old.
        if (!stopped && isQuiet() && digest() === before) onDigest(before, after);
      }
    } catch (error) {
      if (hasCode(error, 'link-lost')) return;
    }
    if (stopped) return;
    cancel = clock.after(Math.max(everyMs, (clock.monotonic() - start) * scrubShare), () => void scrub());
  };
  return () => {
    stopped = true;
    cancel();
  };
}
