import type { AgentMessage } from '../../src/wire/messages.ts';

/** What every session of a container is told without asking. */
export type ReplicaEvent = Extract<AgentMessage, { type: 'incarnation' | 'gone' | 'app' }>;
