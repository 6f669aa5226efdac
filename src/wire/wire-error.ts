import { KdevError } from '../core/error.ts';

/**
 * What the other side sent is no frame or message of this protocol. The connection that it came from cannot be
 * read any further.
 */
export function wireError(what: string): KdevError {
  return new KdevError({
    code: 'agent-protocol',
    fault: 'environment',
    what: `The other side of the connection does not speak kdev’s protocol: ${what}.`,
    why: 'The sidecar in the pod and this kdev may be of different versions, or something else answers on its port.',
    cure: 'Run kdev up: it replaces a sidecar of another version.',
  });
}
