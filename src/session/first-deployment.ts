import { decideOnNewInput, freshBuildPolicy } from '../core/build-policy.ts';
import type { RebuildLane } from './rebuild-lane.ts';

/**
 * Does `work`, which builds and deploys services for the first time, in the place of their rebuild lanes: a newer
 * edit of a build's inputs cancels it within the limits of the build policy, and it begins again; one that comes too
 * late for that is built afterwards, by its lane.
 *
 * @param isRepairable whether an edit may help against what `work` threw: then the next one is waited for
 * @throws what `work` throws; the signal's reason
 */
export async function deployFirst(options: {
  readonly lanes: readonly Pick<RebuildLane, 'hold'>[];
  readonly work: (signal: AbortSignal) => Promise<void>;
  readonly isRepairable: (error: unknown) => boolean;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { lanes, work, isRepairable, signal } = options;
  let policy = freshBuildPolicy;
  let abort = new AbortController();
  let isKept = false;
  let wake: (() => void) | undefined;
  const onInput = (): boolean => {
    if (wake) wake();
    if (wake || abort.signal.aborted) return true;
    if (isKept) return false;
    const { cancel, next } = decideOnNewInput(policy);
    policy = next;
    isKept = !cancel;
    if (cancel) abort.abort(new Error('a newer edit of what goes into it came'));
    return cancel;
  };
  const releases = lanes.map((lane) => lane.hold(onInput));
  try {
    for (;;) {
      abort = new AbortController();
      isKept = false;
      try {
        await work(AbortSignal.any([signal, abort.signal]));
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (abort.signal.aborted) continue;
        if (!isRepairable(error)) throw error;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
      wake = undefined;
      signal.throwIfAborted();
    }
  } finally {
    for (const release of releases) release();
  }
}
