import { setImmediate } from 'node:timers/promises';

/** Long enough to be efficient, short enough that a save next to it is not felt. */
const sliceMs = 4;

/**
 * Runs a long piece of synchronous work in slices with the event loop free between them. Synchronous calls on a
 * local file system cost a tenth of asynchronous ones, as long as nobody has to wait for all of them.
 */
export async function runInSlices<Result>(
  work: Generator<void, Result, void>,
  signal?: AbortSignal,
): Promise<Result> {
  for (;;) {
    signal?.throwIfAborted();
    const until = performance.now() + sliceMs;
    do {
      const step = work.next();
      if (step.done === true) return step.value;
    } while (performance.now() < until);
    await setImmediate();
  }
}
