/** Time as the core and the session see it, so that tests can own it. */
export interface Clock {
  /** Wall clock, milliseconds since the epoch; may jump. For stamps only. */
  now(): number;
  /** Monotonic, milliseconds with a fraction; for durations and deadlines. */
  monotonic(): number;
  /** Calls `run` once after `ms`; the returned function takes it back and may be called at any time. */
  after(ms: number, run: () => void): () => void;
}

/** Resolves after `ms`, or at once when the signal fires; never rejects. */
export function pause(clock: Clock, ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      signal?.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(ms, finish);
    if (signal?.aborted) finish();
    else signal?.addEventListener('abort', finish, { once: true });
  });
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
