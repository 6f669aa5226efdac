import type { Clock } from '../../core/clock.ts';

/** Turns any number of requests into at most one frame per `minMs`, the first of them at once. */
export interface FrameClock {
  request(): void;
  stop(): void;
}

export function createFrameClock(options: {
  readonly clock: Pick<Clock, 'monotonic' | 'after'>;
  readonly minMs: number;
  readonly onFrame: () => void;
}): FrameClock {
  const { clock, minMs, onFrame } = options;
  let last = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  let stopped = false;
  return {
    request: () => {
      if (stopped || cancel) return;
      const wait = Math.max(0, last + minMs - clock.monotonic());
      // Always later, never within the caller's own work: many requests of one moment are one frame.
      cancel = clock.after(wait, () => {
        cancel = undefined;
        last = clock.monotonic();
        onFrame();
      });
    },
    stop: () => {
      stopped = true;
      cancel?.();
      cancel = undefined;
    },
  };
}
