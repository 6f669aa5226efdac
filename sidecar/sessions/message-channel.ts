import type { Socket } from 'node:net';
import type { Clock } from '../../src/core/clock.ts';
import { encodeMessage, type Frame } from '../../src/wire/frame.ts';
import { FrameDecoder } from '../../src/wire/frame-decoder.ts';
import type { AgentMessage } from '../../src/wire/messages.ts';
import { Slice } from '../slice.ts';

/** How often a session hears from the agent while it waits for something, ms. */
const signOfLifeMs = 1_000;

export interface MessageChannelOptions {
  readonly socket: Socket;
  readonly clock: Clock;
  /** Frames come one after the other: the next one waits until the promise for this one settles. */
  readonly onFrame: (frame: Frame) => Promise<void> | undefined;
  /** Something threw while a frame was read or handled. */
  readonly onError: (thrown: unknown) => void;
  readonly onClose: () => void;
}

/** Frames over one connection of a session. */
export class MessageChannel {
  readonly #options: MessageChannelOptions;
  readonly #decoder = new FrameDecoder();
  #waiting: Buffer[] = [];
  #busy = false;
  #closed = false;
  #pending = 0;
  #cancelSign: (() => void) | undefined;

  constructor(options: MessageChannelOptions) {
    this.#options = options;
    const { socket } = options;
    socket.on('data', (chunk: Buffer) => this.#arrive(chunk));
    // A reset ends the connection like a close does; there is nobody left to tell.
    socket.on('error', () => undefined);
    socket.once('end', () => socket.end());
    socket.once('close', () => {
      this.#closed = true;
      this.#cancelSign?.();
      options.onClose();
    });
  }

  get closed(): boolean {
    return this.#closed || !this.#options.socket.writable;
  }

  send(message: AgentMessage): void {
    if (!this.closed) this.#options.socket.write(encodeMessage(message));
  }

  /** Resolves when what was sent is on its way, so that a slow reader costs time and not memory. */
  async drained(): Promise<void> {
    const { socket } = this.#options;
    if (this.closed || !socket.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.once('drain', done);
      socket.once('close', done);
    });
  }

  /** Runs something that takes its time; meanwhile the session gets a sign of life every second. */
  async during<Result>(work: Promise<Result>): Promise<Result> {
    this.#pending += 1;
    this.#signLater();
    try {
      return await work;
    } finally {
      this.#pending -= 1;
    }
  }

  /** Sends a last message, and nothing is read any more. */
  end(message: AgentMessage): void {
    const { socket } = this.#options;
    this.send(message);
    this.#closed = true;
    this.#waiting = [];
    socket.end();
    // A peer that does not close its side is not waited for.
    this.#options.clock.after(signOfLifeMs, () => socket.destroy());
  }

  #arrive(chunk: Buffer): void {
    if (this.#closed) return;
    this.#waiting.push(chunk);
    if (!this.#busy) this.#run().catch(this.#options.onError);
    else if (this.#waiting.length > 16) this.#options.socket.pause();
  }

  async #run(): Promise<void> {
    this.#busy = true;
    const slice = new Slice();
    try {
      for (let chunk = this.#waiting.shift(); chunk !== undefined; chunk = this.#waiting.shift()) {
        for (const frame of this.#decoder.push(chunk)) {
          const handled = this.#options.onFrame(frame);
          if (handled !== undefined) await this.during(handled);
          // A save on the other connection gets its turn beside a lot of content on this one.
          if (slice.over) await slice.breathe();
          if (this.#closed) return;
        }
      }
    } finally {
      this.#busy = false;
    }
    this.#options.socket.resume();
  }

  #signLater(): void {
    if (this.#cancelSign !== undefined) return;
    this.#cancelSign = this.#options.clock.after(signOfLifeMs, () => {
      this.#cancelSign = undefined;
      if (this.#pending === 0 || this.closed) return;
      this.send({ type: 'credit', bytes: 0 });
      this.#signLater();
    });
  }
}
