import type { Socket } from 'node:net';
import type { Clock } from '../../src/core/clock.ts';
import { type AgentMessage, protocolVersion } from '../../src/wire/messages.ts';
import type { Replica } from '../replica/replica.ts';
import { type Hello, type Refusal, SessionConnection } from './session-connection.ts';
import { readTermFloor } from './term-floor.ts';

export interface SessionServerOptions {
  readonly replicas: ReadonlyMap<string, Replica>;
  readonly termFile: string;
  readonly version: string;
  readonly clock: Clock;
  readonly log: (line: string) => void;
}

/** Admits sessions: one term at a time per container, and a newer one ends what an older one still has open. */
export class SessionServer {
  readonly #options: SessionServerOptions;
  readonly #connections = new Set<SessionConnection>();

  constructor(options: SessionServerOptions) {
    this.#options = options;
  }

  serve(socket: Socket): void {
    const { clock, log } = this.#options;
    const connection = new SessionConnection({
      socket,
      clock,
      log,
      admit: (hello, newcomer) => this.#admit(hello, newcomer),
      welcome: (replica) => this.#welcome(replica),
      onClose: (closed) => this.#connections.delete(closed),
    });
    this.#connections.add(connection);
  }

  #admit(hello: Hello, newcomer: SessionConnection): Replica | Refusal {
    const { replicas, termFile, version } = this.#options;
    if (hello.protocol !== protocolVersion) {
      return {
        code: 'protocol',
        message: `The agent (${version}) speaks protocol ${protocolVersion}, the session (${hello.version}) ${hello.protocol}.`,
      };
    }
    const replica = replicas.get(hello.container);
    if (replica === undefined) {
      const known = [...replicas.keys()].join(', ');
      return {
        code: 'unknown-container',
        message: `There is no container ${hello.container} here; there is ${known}.`,
      };
    }
    const floor = Math.max(readTermFloor(termFile), replica.term, ...this.#termsOf(replica));
    if (hello.term < floor) {
      return {
        code: 'old-term',
        message: `Term ${hello.term} is over; a session of term ${floor} has taken its place.`,
        term: floor,
      };
    }
    for (const other of [...this.#connections]) {
      if (other === newcomer || other.replica !== replica || other.term >= hello.term) continue;
      other.refuse({
        code: 'old-term',
        message: `Term ${other.term} is over; a session of term ${hello.term} has taken its place.`,
        term: hello.term,
      });
    }
    return replica;
  }

  #termsOf(replica: Replica): number[] {
    return [...this.#connections].filter((other) => other.replica === replica).map((other) => other.term);
  }

  #welcome(replica: Replica): AgentMessage {
    const { newest, ...state } = replica.state;
    return {
      type: 'welcome',
      protocol: protocolVersion,
      version: this.#options.version,
      term: newest.term,
      seq: newest.seq,
      ...state,
    };
  }
}
