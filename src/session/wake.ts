/** A bell for one loop: `ring` any time; `wait` returns at once if it rang since the last wait. */
export interface Wake {
  ring(): void;
  wait(): Promise<void>;
}

export function createWake(): Wake {
  let rang = false;
  let waiting: (() => void) | undefined;
  return {
    ring: () => {
      rang = true;
      waiting?.();
    },
    wait: async () => {
      if (!rang) {
        await new Promise<void>((resolve) => {
          waiting = resolve;
        });
      }
      waiting = undefined;
      rang = false;
    },
  };
}
