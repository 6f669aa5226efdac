import { connect, type Socket } from 'node:net';

/** A piece of what a build step and the ssh agent of this machine say to each other; `data` is base64. */
export interface AgentMessage {
  readonly id: number;
  readonly data?: string;
  readonly end?: boolean;
}

/** Connects each build step that dials the builder's agent socket with the ssh agent of this machine. */
export class AgentRelay {
  readonly #socket: string;
  readonly #send: (message: AgentMessage) => void;
  readonly #open = new Map<number, Socket>();

  /** @param socket path of the agent's socket, as in SSH_AUTH_SOCK */
  constructor(socket: string, send: (message: AgentMessage) => void) {
    this.#socket = socket;
    this.#send = send;
  }

  take({ id, data, end }: AgentMessage): void {
    const agent = this.#open.get(id) ?? this.#dial(id);
    if (data !== undefined) agent.write(Buffer.from(data, 'base64'));
    if (end === true) agent.end();
  }

  close(): void {
    for (const agent of this.#open.values()) agent.destroy();
    this.#open.clear();
  }

  #dial(id: number): Socket {
    const agent = connect(this.#socket);
    this.#open.set(id, agent);
    agent.on('data', (chunk) => this.#send({ id, data: chunk.toString('base64') }));
    // The step sees a connection that ends, and says that the agent refused it.
    agent.on('error', () => undefined);
    agent.on('close', () => {
      if (this.#open.delete(id)) this.#send({ id, end: true });
    });
    return agent;
  }
}
