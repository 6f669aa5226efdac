import { networkInterfaces } from 'node:os';

const tickMs = 2_000;
/** A tick this late means that the machine slept (or the process was stopped), not that it was busy. */
const sleptMs = 10_000;

/** Tells that connections which look alive are dead. */
export interface Wake {
  /** Called after the machine slept or got other addresses (another network, a VPN), until the signal. */
  notice(signal: AbortSignal, onWake: () => void): void;
}

/** One timer for however many listeners, and none without. */
export function createWake(addresses: () => string = addressesOfThisMachine): Wake {
  const listeners = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  let lastMs = 0;
  let known = '';
  const look = (): boolean => {
    const [beforeMs, before] = [lastMs, known];
    lastMs = Date.now();
    known = addresses();
    return lastMs - beforeMs > sleptMs || known !== before;
  };
  const begin = (): void => {
    look();
    timer = setInterval(() => {
      if (look()) for (const listener of [...listeners]) listener();
    }, tickMs);
    timer.unref();
  };
  return {
    notice: (signal, onWake) => {
      if (signal.aborted) return;
      if (listeners.size === 0) begin();
      const listener = (): void => onWake();
      listeners.add(listener);
      signal.addEventListener(
        'abort',
        () => {
          listeners.delete(listener);
          if (listeners.size === 0) clearInterval(timer);
        },
        { once: true },
      );
    },
  };
}

/** Only those that a connection to elsewhere can have. */
function addressesOfThisMachine(): string {
  try {
    const found = Object.values(networkInterfaces()).flatMap((each = []) => each);
    const usable = found.filter(({ internal, address }) => !internal && !address.startsWith('fe80:'));
    return usable.map(({ address }) => address).join();
  } catch {
    return ''; // not told everywhere
  }
}
