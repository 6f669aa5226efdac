import type { Batch } from '../core/ports/endpoint.ts';
import { windowBytes } from '../wire/messages.ts';
import { batchFrames } from './batch-frames.ts';

/** Content up to this size travels in one write with its header and COMMIT, bytes. */
const oneWriteBytes = 64 * 1024;

/**
 * Writes batches, one after the other: the data frames on a connection belong to the batch that was begun last.
 * No more than `windowBytes` of content are on their way without the agent's credit, because a port-forward takes
 * whatever it is given into memory.
 */
export class BatchSender {
  readonly #write: (bytes: Uint8Array) => void;
  #credit = windowBytes;
  #onCredit: (() => void) | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #stopped: Error | undefined;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  /** Resolves with the bytes of content once all is written; rejects with the reason when `stop` comes first. */
  send(batch: Batch): Promise<number> {
    const sent = this.#turn.then(() => this.#sendBatch(batch));
    this.#turn = sent.catch(() => undefined);
    return sent;
  }

  /** The agent has taken in so many bytes of content. */
  credit(bytes: number): void {
    this.#credit = Math.min(windowBytes, this.#credit + bytes);
    this.#onCredit?.();
  }

  stop(why: Error): void {
    this.#stopped ??= why;
    this.#onCredit?.();
  }

  async #sendBatch(batch: Batch): Promise<number> {
    let total = 0;
    let held: Uint8Array[] = [];
    let heldBytes = 0;
    const flush = (): void => {
      if (held.length > 0) this.#write(held.length === 1 && held[0] ? held[0] : Buffer.concat(held));
      held = [];
      heldBytes = 0;
    };
    for await (const { bytes, data } of batchFrames(batch)) {
      if (data > this.#credit) flush();
      await this.#takeCredit(data);
      for (const part of bytes) {
        held.push(part);
        heldBytes += part.length;
      }
      total += data;
      if (heldBytes >= oneWriteBytes) flush();
    }
    flush();
    return total;
  }

  async #takeCredit(bytes: number): Promise<void> {
    while (bytes > this.#credit && this.#stopped === undefined) {
      await new Promise<void>((resolve) => {
        this.#onCredit = resolve;
      });
    }
    if (this.#stopped) throw this.#stopped;
    this.#credit -= bytes;
  }
}
