import { pause, systemClock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';

const tries = 3;
const pauseMs = 200;

/**
 * Once more when the connection went, which one that was kept does when its other end goes: a pod, a registry's own
 * patience. What asking a registry does may be done twice.
 */
export async function tryAgain<Answer>(ask: () => Promise<Answer>, signal: AbortSignal): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === tries || signal.aborted || !isLostConnection(error)) throw error;
      await pause(systemClock, pauseMs, signal);
      signal.throwIfAborted();
    }
  }
}

function isLostConnection(error: unknown): boolean {
  // A forward to a pod that has just gone.
  if (error instanceof KdevError) return error.code === 'cluster-failed';
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ECONNRESET' || code === 'EPIPE';
}
