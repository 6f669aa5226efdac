import { Session } from 'node:inspector';

/**
 * Gives memory back at a moment when nobody waits. V8 collects when something is allocated, so after a first sync an
 * idle process would keep what that took for hours; in a pod the node counts it against the pod.
 *
 * Of what V8 offers only this one, made for heap profiles, also empties half-filled pages: after 20 000 files the `gc`
 * of --expose-gc left 169 MB, this one 127. It takes about 70 ms for a heap of 50 MB.
 */
export function collectGarbage(): Promise<void> {
  const session = new Session();
  session.connect();
  return new Promise((resolve) => {
    session.post('HeapProfiler.collectGarbage', () => {
      resolve();
      // Not from within its own answer.
      setImmediate(() => session.disconnect());
    });
  });
}
