import { KdevError } from '../core/error.ts';

/** The connection to a pod's agent ended or gave no sign of life. */
export function linkLost(why: string, cause?: unknown): KdevError {
  return new KdevError({
    code: 'link-lost',
    fault: 'environment',
    what: `The connection to the pod was lost: ${why}.`,
    cure: 'kdev dials again by itself. If this goes on, look at the pod: kubectl describe pod',
    ...(cause !== undefined && { cause }),
  });
}
