/** A bell that any number of listeners wait for. */
export interface Bells {
  ring(): void;
  /** Resolves at the next ring from now on, or when the signal aborts. */
  next(signal: AbortSignal): Promise<void>;
}

export function createBells(): Bells {
  const waiting = new Set<() => void>();
  return {
    ring: () => {
      for (const listener of waiting) listener();
    },
    next: (signal) =>
      new Promise((resolve) => {
        const finish = (): void => {
          waiting.delete(finish);
          signal.removeEventListener('abort', finish);
          resolve();
        };
        waiting.add(finish);
        signal.addEventListener('abort', finish, { once: true });
      }),
  };
}
