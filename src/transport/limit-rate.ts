import { Duplex } from 'node:stream';
import type { Clock } from '../core/clock.ts';

/** So long one write may keep the others waiting, ms; of what is larger the rest queues up again. */
const turnMs = 50;

/** What several streams together may send, bytes a second. */
export class RateLimit {
  readonly bytesInTurn: number;
  readonly #bytesPerMs: number;
  readonly #clock: Clock;
  /** When everything that was let through will have left, by the monotonic clock. */
  #freeAt = 0;

  constructor(bytesPerSecond: number, clock: Clock) {
    this.#bytesPerMs = bytesPerSecond / 1_000;
    this.bytesInTurn = Math.max(1, Math.floor(this.#bytesPerMs * turnMs));
    this.#clock = clock;
  }

  /** Calls back when so many bytes may go; at once where nothing is waiting. What it returns takes that back. */
  take(bytes: number, go: () => void): () => void {
    const now = this.#clock.monotonic();
    const waitMs = Math.max(0, this.#freeAt - now);
    this.#freeAt = now + waitMs + bytes / this.#bytesPerMs;
    if (waitMs > 0) return this.#clock.after(waitMs, go);
    go();
    return () => undefined;
  }
}

/** The same stream, which sends no faster than the limit that it shares allows; what comes back is not held up. */
export function limitRate(stream: Duplex, limit: RateLimit): Duplex {
  let cancel = (): void => undefined;
  const limited = new Duplex({
    allowHalfOpen: false,
    read: () => void stream.resume(),
    write: (chunk: Buffer, _encoding, done) => {
      const sendFrom = (at: number): void => {
        const part = chunk.subarray(at, at + limit.bytesInTurn);
        const next = at + part.length;
        cancel = limit.take(part.length, () => {
          stream.write(part, (error) => {
            if (error || next >= chunk.length) done(error);
            else sendFrom(next);
          });
        });
      };
      sendFrom(0);
    },
    final: (done) => void stream.end(done),
    destroy: (error, done) => {
      cancel();
      stream.destroy();
      done(error);
    },
  });
  stream.pause();
  stream.on('data', (chunk: Buffer) => {
    if (!limited.push(chunk)) stream.pause();
  });
  stream.once('end', () => limited.push(null));
  stream.on('error', (error) => limited.destroy(error));
  stream.once('close', () => limited.destroy());
  return limited;
}
