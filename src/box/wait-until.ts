import { setTimeout as delay } from 'node:timers/promises';

/** What is still missing, as a phrase; undefined when nothing is. */
export type Missing = string | undefined;

/**
 * Asks until nothing is missing any more.
 *
 * @throws Error whose message is the last answer, after `timeoutMs`; whatever `check` throws; the signal's reason.
 */
export async function waitUntil(
  check: () => Promise<Missing>,
  options: {
    readonly timeoutMs: number;
    readonly everyMs: number;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const deadline = performance.now() + options.timeoutMs;
  for (;;) {
    const missing = await check();
    if (missing === undefined) return;
    if (performance.now() > deadline) throw new Error(missing);
    await delay(options.everyMs, undefined, options.signal === undefined ? {} : { signal: options.signal });
  }
}
