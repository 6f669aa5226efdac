import { windowBytes } from '../wire/messages.ts';

/** Whatever the link is like, so much may be on its way, bytes. */
const leastBytes = 256 * 1024;
/** The agent may owe credit for less than this until more comes, so that must never keep more from coming, bytes. */
const uncreditedBytes = 64 * 1024;
/** What may be on its way is what the link moves in this time, ms. */
const inFlightMs = 1_000;
/** How much a new measurement of the link counts. */
const share = 0.25;
/**
 * Slower than this it is the link and not the agent, which makes a file of every kilobyte, that takes the time, and
 * compressing saves more than it costs; bytes per ms.
 */
const slowLink = 2_000;

/**
 * How much content may be on its way without the agent's credit: about what the link moves in a second, so that what
 * is urgent never waits long behind it, and a port-forward, which takes whatever it is given, holds little in memory.
 */
export class Flow {
  #inFlight = 0;
  #limit = leastBytes;
  /** Bytes per ms. */
  #rate: number | undefined;
  #since = 0;

  get limit(): number {
    return this.#limit;
  }

  /** The link is known to be slow. */
  get slow(): boolean {
    return this.#rate !== undefined && this.#rate < slowLink;
  }

  /** Whether so many bytes may leave now; a single run always may, also behind what gets no credit of its own. */
  admits(bytes: number): boolean {
    return this.#inFlight < uncreditedBytes || this.#inFlight + bytes <= this.#limit;
  }

  take(bytes: number, nowMs: number): void {
    if (this.#inFlight === 0) this.#since = nowMs;
    this.#inFlight += bytes;
  }

  credit(bytes: number, nowMs: number): void {
    if (bytes === 0) return;
    this.#inFlight = Math.max(0, this.#inFlight - bytes);
    const measured = bytes / Math.max(0.1, nowMs - this.#since);
    this.#since = nowMs;
    this.#rate = this.#rate === undefined ? measured : (1 - share) * this.#rate + share * measured;
    this.#limit = Math.min(windowBytes, Math.max(leastBytes, Math.round(this.#rate * inFlightMs)));
  }
}
