import type { Batch, BatchItem } from '../core/ports/endpoint.ts';
import { batchFrames, type WireChunk } from './batch-frames.ts';
import type { Delta, Deltas } from './delta.ts';
import { Flow } from './flow.ts';

/** Content up to this size travels in one write with its header and COMMIT, bytes. */
const oneWriteBytes = 64 * 1024;

/**
 * Writes batches, one after the other: the data frames on a connection belong to the batch that was begun last.
 * How much content is on its way without the agent's credit, `Flow` decides.
 */
export class BatchSender {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #deltas: Deltas;
  readonly #flow = new Flow();
  readonly #now: () => number;
  #onCredit: (() => void) | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #stopped: Error | undefined;

  /** @param now monotonic clock, ms */
  constructor(write: (bytes: Uint8Array) => void, deltas: Deltas, now: () => number) {
    this.#write = write;
    this.#now = now;
    this.#deltas = deltas;
  }

  /** Resolves with the bytes of content once all is written; rejects with the reason when `stop` comes first. */
  send(batch: Batch): Promise<number> {
    const sent = this.#turn.then(() => this.#sendBatch(batch));
    this.#turn = sent.catch(() => undefined);
    return sent;
  }

  /** The agent has taken in so many bytes of content. */
  credit(bytes: number): void {
    this.#flow.credit(bytes, this.#now());
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
    const deltas = new Map<number, Delta>();
    for (const [index, item] of batch.items.entries()) {
      const delta = item.op === 'file' ? await this.#planDelta(item) : undefined;
      if (delta !== undefined) deltas.set(index, delta);
    }
    this.#throwIfStopped();
    const put = ({ bytes, data }: WireChunk): void => {
      this.#flow.take(data, this.#now());
      for (const part of bytes) {
        held.push(part);
        heldBytes += part.length;
      }
      total += data;
      if (heldBytes >= oneWriteBytes) flush();
    };
    const admit = async ({ data }: WireChunk): Promise<void> => {
      flush();
      await this.#waitForCredit(data);
    };
    for (const part of batchFrames(batch, { deltas, compress: () => this.#flow.slow })) {
      if (Symbol.asyncIterator in part) {
        for await (const chunk of part) {
          if (!this.#flow.admits(chunk.data)) await admit(chunk);
          this.#throwIfStopped();
          put(chunk);
        }
      } else {
        // Without a turn of the event loop for each of many small files.
        if (!this.#flow.admits(part.data)) await admit(part);
        put(part);
      }
    }
    flush();
    return total;
  }

  #planDelta(item: Extract<BatchItem, { op: 'file' }>): Promise<Delta | undefined> | undefined {
    // Most files are small: no turn of the event loop for them.
    const isPlain = item.copyOf === undefined && item.content instanceof Uint8Array;
    return isPlain ? undefined : this.#deltas.plan(item);
  }

  /** @throws the reason of `stop` */
  #throwIfStopped(): void {
    if (this.#stopped) throw this.#stopped;
  }

  async #waitForCredit(bytes: number): Promise<void> {
    while (!this.#flow.admits(bytes) && this.#stopped === undefined) {
      await new Promise<void>((resolve) => {
        this.#onCredit = resolve;
      });
    }
    this.#throwIfStopped();
  }
}
