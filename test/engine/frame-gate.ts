import { once } from 'node:events';
import { createConnection, createServer, type Server, type Socket } from 'node:net';
import type { Direction } from './link.ts';

interface Cut {
  readonly direction: Direction;
  /** Frames that still pass, on all connections together. */
  frames: number;
  /** Whether half of the next frame passes as well. */
  readonly inside: boolean;
}

const lengthBytes = 4;

/**
 * Stands between sshd's relay and the agent, where frames are in the clear, and ends the connection behind the n-th
 * frame or in the middle of the one after it.
 */
export class FrameGate {
  /** Frames that passed since the start. */
  readonly passed: Record<Direction, number> = { up: 0, down: 0 };
  readonly #server: Server;
  readonly #agentSocket: string;
  readonly #sockets = new Set<Socket>();
  #cut: Cut | undefined;

  constructor(file: string, agentSocket: string) {
    this.#agentSocket = agentSocket;
    this.#server = createServer((relay) => this.#join(relay)).listen(file);
  }

  /** Up is towards the agent. */
  cutAfter(direction: Direction, frames: number, inside: boolean): void {
    this.#cut = { direction, frames, inside };
  }

  /** Whether a cut that was asked for is still to come. */
  get armed(): boolean {
    return this.#cut !== undefined;
  }

  heal(): void {
    this.#cut = undefined;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.#endAll();
    await once(this.#server, 'close');
  }

  #join(relay: Socket): void {
    const agent = createConnection(this.#agentSocket);
    for (const socket of [relay, agent]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        this.#sockets.delete(socket);
        relay.destroy();
        agent.destroy();
      });
    }
    this.#pass('up', relay, agent);
    this.#pass('down', agent, relay);
  }

  #pass(direction: Direction, from: Socket, to: Socket): void {
    let header = Buffer.alloc(0);
    let left = 0;
    from.on('data', (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; ) {
        if (left === 0) {
          const wanted = lengthBytes - header.length;
          header = Buffer.concat([header, chunk.subarray(at, at + wanted)]);
          at += Math.min(wanted, chunk.length - at);
          if (header.length < lengthBytes) break;
          left = header.readUInt32BE(0);
          if (this.#endsHere(direction)) {
            const half = chunk.subarray(at, at + left / 2);
            to.end(Buffer.concat([header, half]), () => this.#endAll());
            return;
          }
          to.write(header);
          header = Buffer.alloc(0);
        }
        const piece = chunk.subarray(at, at + left);
        to.write(piece);
        at += piece.length;
        left -= piece.length;
        if (left > 0) continue;
        this.passed[direction] += 1;
        if (this.#cut?.direction === direction) {
          this.#cut.frames -= 1;
          if (this.#cut.frames < 0 || (this.#cut.frames === 0 && !this.#cut.inside)) {
            this.#cut = undefined;
            to.end(() => this.#endAll());
            return;
          }
        }
      }
    });
  }

  #endsHere(direction: Direction): boolean {
    if (this.#cut?.direction !== direction || !this.#cut.inside || this.#cut.frames > 0) return false;
    this.#cut = undefined;
    return true;
  }

  #endAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
