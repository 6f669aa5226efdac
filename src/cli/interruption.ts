import { setMaxListeners } from 'node:events';
import { constants } from 'node:os';

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const windowEnds: ReadonlySet<NodeJS.Signals> = new Set(['SIGHUP', 'SIGPIPE']);

/** Why work was aborted: the process got a signal, or nobody reads its output any more. */
export class Interrupted extends Error {
  readonly signalName: NodeJS.Signals;

  constructor(signalName: NodeJS.Signals) {
    super(`ended by ${signalName}`);
    this.name = 'Interrupted';
    this.signalName = signalName;
  }

  /** 128 and the signal's number, as a shell would say it. */
  get exitCode(): number {
    return 128 + constants.signals[this.signalName];
  }
}

export interface Interruption {
  /** Aborts at the first signal, with an `Interrupted` as its reason. */
  readonly signal: AbortSignal;
  abort(signalName: NodeJS.Signals): void;
  /** While `use` runs, Ctrl-C belongs to somebody else. */
  foreground<T>(use: () => Promise<T>): Promise<T>;
  stop(): void;
}

/**
 * Turns the first SIGINT, SIGTERM or SIGHUP into an abort, so that work can end in order, and the second one into
 * the end at once: `endNow` must not return. However often a window says that it is closed, that is one signal.
 */
export function listenForInterruption(
  process: Pick<NodeJS.Process, 'on' | 'off'>,
  endNow: (exitCode: number) => void,
): Interruption {
  const controller = new AbortController();
  // Every call that is under way listens to it, and there may be any number of them at once.
  setMaxListeners(0, controller.signal);
  let inForeground = 0;
  const abort = (signalName: NodeJS.Signals): void => controller.abort(new Interrupted(signalName));
  const onSignal = (signalName: NodeJS.Signals): void => {
    if (signalName === 'SIGINT' && inForeground > 0) return;
    const { aborted, reason } = controller.signal;
    if (!aborted) abort(signalName);
    // One window that is closed may be told by the shell, the kernel and the output that takes no more.
    else if (signalName === 'SIGHUP' && windowEnds.has((reason as Interrupted).signalName)) return;
    else endNow(new Interrupted(signalName).exitCode);
  };
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: controller.signal,
    abort,
    foreground: async (use) => {
      inForeground += 1;
      try {
        return await use();
      } finally {
        inForeground -= 1;
      }
    },
    stop: () => {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
