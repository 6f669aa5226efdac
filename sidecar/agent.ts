import { mkdirSync } from 'node:fs';
import type { Server, Socket } from 'node:net';
import path from 'node:path';
import { type Clock, systemClock } from '../src/core/clock.ts';
import type { AgentOptions } from './agent-options.ts';
import { listenSocket } from './listen-socket.ts';
import { ReadyFile } from './ready-file.ts';
import { Replica } from './replica/replica.ts';
import { serveRestarter } from './restarters/restarter-server.ts';
import { SessionServer } from './sessions/session-server.ts';

/**
 * The daemon of the sidecar. Restarters register on one socket and make replicas live; sessions come in through sshd
 * on the other and send batches, which the replica of their container applies. A save, step by step:
 * MessageChannel (frames) → SessionConnection → IncomingBatch (staging) → commitBatch (journal, renames) → ack.
 */
export class Agent {
  readonly #options: AgentOptions;
  readonly #clock: Clock;
  readonly #log: (line: string) => void;
  readonly #replicas = new Map<string, Replica>();
  readonly #ready: ReadyFile;
  readonly #sockets = new Set<Socket>();
  #servers: Server[] = [];

  constructor(options: AgentOptions, log: (line: string) => void, clock: Clock = systemClock) {
    this.#options = options;
    this.#clock = clock;
    this.#log = log;
    this.#ready = new ReadyFile(options.readyFile, log);
  }

  /** @throws when a journal or a socket cannot be opened */
  async start(): Promise<void> {
    const { config, journalDir, codeStagingDir, readyFile, termFile, version } = this.#options;
    const clock = this.#clock;
    const log = this.#log;
    mkdirSync(path.dirname(readyFile), { recursive: true });
    this.#ready.set(false);
    for (const [name, container] of Object.entries(config.containers)) {
      const replica = new Replica({
        name,
        container,
        gateWaitMs: config.gateWaitMs,
        journalDir: path.join(journalDir, name),
        codeStagingDir: path.join(codeStagingDir, name),
        clock,
        log,
        onState: () => this.#updateReady(),
      });
      this.#replicas.set(name, replica);
    }
    const sessions = new SessionServer({ replicas: this.#replicas, termFile, version, clock, log });
    this.#servers = [
      await listenSocket(this.#options.restarterSocket, (socket) => this.#serveRestarter(socket)),
      await listenSocket(this.#options.agentSocket, (socket) => {
        this.#track(socket);
        sessions.serve(socket);
      }),
    ];
  }

  stop(): void {
    for (const server of this.#servers) server.close();
    for (const socket of this.#sockets) socket.destroy();
    for (const replica of this.#replicas.values()) replica.stop();
    this.#ready.set(false);
  }

  #serveRestarter(socket: Socket): void {
    this.#track(socket);
    const replicaOf = (container: string): Replica | undefined => this.#replicas.get(container);
    serveRestarter(socket, {
      clock: this.#clock,
      log: this.#log,
      handlers: {
        attach: (link) => replicaOf(link.registration.container)?.attach(link) ?? false,
        report: (link, state) => replicaOf(link.registration.container)?.report(link, state),
        detach: (link) => replicaOf(link.registration.container)?.detach(link),
      },
    });
  }

  #track(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
  }

  #updateReady(): void {
    this.#ready.set([...this.#replicas.values()].every((replica) => replica.ready));
  }
}
