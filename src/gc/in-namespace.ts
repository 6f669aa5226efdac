import { setTimeout as delay } from 'node:timers/promises';
import { KdevError } from '../core/error.ts';
import { isMissing } from '../core/is-missing.ts';

/** What goes with a namespace may take its time, ms. */
const goingMs = 60_000;
const lookMs = 250;

/** Creates something in a namespace, which is made first where it is not there; one on its way out is waited for. */
export async function inNamespace<T>(
  create: () => Promise<T>,
  ensureNamespace: () => Promise<void>,
): Promise<T> {
  const deadline = performance.now() + goingMs;
  for (let isMade = false; ; ) {
    try {
      return await create();
    } catch (error) {
      if (isGoing(error) && performance.now() < deadline) {
        await delay(lookMs);
        continue;
      }
      if (!isMissing(error) || isMade) throw error;
      isMade = true;
      await ensureNamespace();
    }
  }
}

function isGoing(error: unknown): boolean {
  return error instanceof KdevError && error.why?.includes('being terminated') === true;
}
