import { createBackoff } from '../core/backoff.ts';
import type { Clock } from '../core/clock.ts';
import { KdevError, messageOf } from '../core/error.ts';
import type { Endpoint } from '../core/ports/endpoint.ts';

/** A connection that was good for this long was no failed try, ms. */
const lastingMs = 10_000;

/**
 * Dials, serves, and dials again after 100 ms growing to 5 s, until the signal aborts or a newer term has taken over.
 * A connection that lasted or was of use resets the wait. Never rejects.
 */
export async function keepConnected(options: {
  readonly clock: Clock;
  readonly dial: (signal: AbortSignal) => Promise<Endpoint>;
  /** Works over the endpoint; throws when the connection ended. */
  readonly serve: (endpoint: Endpoint) => Promise<void>;
  /** Whether everything had arrived over the connection that ended now: such a one was no failed try. */
  readonly wasOfUse: () => boolean;
  /** Resolves when dialling again may help, such as a change of the pod; a wait ends early then. @default never */
  readonly mayHelp?: (signal: AbortSignal) => Promise<void>;
  readonly onDialling: () => void;
  readonly onLost: (error: KdevError) => void;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { clock, dial, serve, onDialling, onLost, wasOfUse, mayHelp, signal } = options;
  let nextWait = createBackoff();
  while (!signal.aborted) {
    let endpoint: Endpoint | undefined;
    const start = clock.monotonic();
    try {
      onDialling();
      endpoint = await dial(signal);
      // Stopped meanwhile: nothing may begin over it.
      if (signal.aborted) return;
      await serve(endpoint);
    } catch (thrown) {
      if (signal.aborted) return;
      const lasted = clock.monotonic() - start > lastingMs;
      if (endpoint !== undefined && (lasted || wasOfUse())) nextWait = createBackoff();
      const error = asKdevError(thrown);
      onLost(error);
      if (error.code === 'session-superseded') return;
    } finally {
      endpoint?.close();
    }
    await sleep(clock, nextWait(), signal, mayHelp);
  }
}

function asKdevError(thrown: unknown): KdevError {
  if (thrown instanceof KdevError) return thrown;
  return new KdevError({ code: 'internal', fault: 'kdev', what: messageOf(thrown), cause: thrown });
}

async function sleep(
  clock: Clock,
  ms: number,
  signal: AbortSignal,
  mayHelp: ((signal: AbortSignal) => Promise<void>) | undefined,
): Promise<void> {
  if (signal.aborted) return;
  const over = new AbortController();
  await new Promise<void>((resolve) => {
    const finish = (): void => {
      cancel();
      over.abort();
      signal.removeEventListener('abort', finish);
      resolve();
    };
    const cancel = clock.after(ms, finish);
    signal.addEventListener('abort', finish, { once: true });
    void mayHelp?.(over.signal).then(finish);
  });
}
