import type { Clock } from '../core/clock.ts';

/**
 * How long a tree must be quiet after a save that was written in place before the app restarts, ms. An editor that
 * truncates and writes in pieces needs a few; a person does not notice 40. A save by rename is complete when it is
 * seen and waits for nothing.
 */
const quietMs = 40;

/** Whether a burst of saves goes on: syncs do not care, restarts wait for its end. */
export interface Burst {
  /** Changes were seen; `atomic` ones do not prolong a burst. */
  note(atomic: boolean): void;
  readonly active: boolean;
  stop(): void;
}

/** `onQuiet` is called once at the end of each burst. */
export function createBurst(clock: Clock, onQuiet: () => void): Burst {
  let cancel: (() => void) | undefined;
  return {
    note: (atomic) => {
      if (atomic) return;
      cancel?.();
      cancel = clock.after(quietMs, () => {
        cancel = undefined;
        onQuiet();
      });
    },
    get active() {
      return cancel !== undefined;
    },
    stop: () => {
      cancel?.();
      cancel = undefined;
    },
  };
}
