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

/** The connection stands and nobody speaks. `stage` ends the sentence "It did not …". */
export function agentSilent(stage: string, deadlineMs: number): KdevError {
  return new KdevError({
    code: 'agent-silent',
    fault: 'environment',
    what: `The pod’s agent did not ${stage} within ${deadlineMs / 1_000} s.`,
    why: 'The sidecar’s port answers, so its container runs; what is behind the port does not.',
    cure: 'Look at the sidecar’s log: kubectl logs POD -c kdev-sidecar',
  });
}
