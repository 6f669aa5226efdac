import { KdevError } from '../core/error.ts';
import type { AgentMessage } from '../wire/messages.ts';

type MessageOf<T extends AgentMessage['type']> = Extract<AgentMessage, { type: T }>;

/** Why an agent ends a connection, as an error. */
export function refusal({ code, message }: MessageOf<'refused'>): KdevError {
  switch (code) {
    case 'old-term':
      return new KdevError({
        code: 'session-superseded',
        fault: 'environment',
        what: `Another session has taken the service over: ${message}`,
        cure: 'Take it back with `kdev watch --take-over`.',
      });
    case 'unknown-container':
    case 'protocol':
    case 'malformed':
      return new KdevError({
        code: 'agent-protocol',
        fault: 'environment',
        what: `The pod’s agent refuses the session: ${message}`,
        cure: 'Run `kdev up`, which replaces a sidecar of another version.',
      });
    default:
      return code satisfies never;
  }
}

/** Why a batch was not acknowledged, as an error. */
export function notApplied({ code, message }: MessageOf<'nack'>): KdevError {
  return new KdevError({
    code: 'batch-not-applied',
    fault: 'environment',
    what: `The container did not take the changes (${code}): ${message}`,
    cure: 'kdev tries again by itself.',
  });
}

/** Why a request was refused, as an error. */
export function refusedRequest({ code, message }: Extract<MessageOf<'result'>, { ok: false }>): KdevError {
  return new KdevError({
    code: 'agent-refused',
    fault: 'environment',
    what: `The container did not do what was asked: ${message}`,
    why: `The pod’s agent says ${code}.`,
    cure: 'kdev tries again when the container is there again. If this goes on, run: kubectl logs POD -c kdev-sidecar',
  });
}
