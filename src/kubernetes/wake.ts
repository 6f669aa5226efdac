const tickMs = 2_000;
/** A tick this late means that the machine slept (or the process was stopped), not that it was busy. */
const sleptMs = 10_000;

/** Calls `onWake` after the machine slept: connections that look alive are dead then. Until `signal`. */
export function noticeWake(signal: AbortSignal, onWake: () => void): void {
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last > sleptMs) onWake();
    last = now;
  }, tickMs);
  timer.unref();
  signal.addEventListener('abort', () => clearInterval(timer), { once: true });
}
