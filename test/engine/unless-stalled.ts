/** Longer than this between two turns of a process that has nothing to do, ms, is the machine's fault. */
const stallMs = 20;
const lookEveryMs = 2;
const tries = 3;

/**
 * Runs `attempt`, and again where it failed while the machine stood still: two system calls that an editor makes within
 * a millisecond are two saves when half a second lies between them, and no watcher can know better. A failure on a
 * machine that did not stand still is thrown at once, as is the last.
 */
export async function unlessStalled(attempt: () => Promise<void>): Promise<void> {
  for (let left = tries - 1; ; left--) {
    let worstMs = 0;
    let last = performance.now();
    const look = setInterval(() => {
      const now = performance.now();
      worstMs = Math.max(worstMs, now - last);
      last = now;
    }, lookEveryMs);
    try {
      await attempt();
      return;
    } catch (error) {
      if (left === 0 || worstMs < stallMs) throw error;
    } finally {
      clearInterval(look);
    }
  }
}
