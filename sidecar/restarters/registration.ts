import type { AppState, ContainerFacts, Incarnation } from '../../src/core/replica-facts.ts';
import { count, fieldsOf, oneOf, text } from '../../src/wire/check.ts';
import { parseApp, parseContainerFacts } from '../../src/wire/parse-agent-message.ts';
import { wireError } from '../../src/wire/wire-error.ts';

/** What a restarter says about itself first; see docs/pod.md. */
export interface Registration {
  readonly container: string;
  readonly incarnation: Incarnation;
  readonly facts: ContainerFacts;
  readonly fingerprint: string;
  readonly gate: 'shut' | 'open';
  readonly app: AppState;
}

const protocol = 1;

/** @throws KdevError `agent-protocol` */
export function parseRegistration(json: unknown): Registration {
  const from = fieldsOf(json, 'register');
  oneOf(from, 'type', ['register']);
  if (count(from, 'protocol') !== protocol) {
    throw wireError(`the restarter speaks protocol ${count(from, 'protocol')}, the agent ${protocol}`);
  }
  return {
    container: text(from, 'container'),
    incarnation: {
      nonce: text(from, 'nonce'),
      pid: count(from, 'pid'),
      startTime: text(from, 'startTime'),
    },
    facts: parseContainerFacts({ register: json }, 'register'),
    fingerprint: text(from, 'fingerprint'),
    gate: oneOf(from, 'gate', ['shut', 'open']),
    app: parseApp(from, 'app'),
  };
}
