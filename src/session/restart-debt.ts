import { KdevError } from '../core/error.ts';
import type { Restarted } from '../core/ports/endpoint.ts';

/** Whoever waits for a restart. */
interface Waiting {
  resolve(): void;
  reject(error: unknown): void;
}

/** Whether one replica's app has to start again before it runs what was sent, and who waits for that. */
export class RestartDebt {
  #owed = false;
  #paying = false;
  #waiting: Waiting[] = [];

  /** From before the first byte of what needs it leaves: a batch whose acknowledgement is lost may have been applied. */
  owe(): void {
    this.#owed = true;
  }

  get owed(): boolean {
    return this.#owed;
  }

  /** Nothing is owed and none is going on. */
  get settled(): boolean {
    return !this.#owed && !this.#paying;
  }

  /** A person's wish; resolves when a start that begins from now on is done. @throws what the restart throws */
  ask(): Promise<void> {
    this.#owed = true;
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** The app begins by itself with everything in it, or nobody is there to start it any more. */
  forgive(): void {
    this.#owed = false;
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  /**
   * Restarts; owed again when the link went meanwhile, because nobody knows whether it happened.
   *
   * @throws what `restart` throws, after those who wait have got it as well
   */
  async pay(restart: () => Promise<Restarted>): Promise<Restarted> {
    const waiting = this.#waiting.splice(0);
    this.#owed = false;
    this.#paying = true;
    try {
      const restarted = await restart();
      for (const { resolve } of waiting) resolve();
      return restarted;
    } catch (error) {
      if (isRefusal(error)) {
        for (const { reject } of waiting) reject(error);
      } else {
        this.#owed = true;
        this.#waiting.unshift(...waiting);
      }
      throw error;
    } finally {
      this.#paying = false;
    }
  }
}

/** The agent answered that it cannot; asking again would say the same. */
export function isRefusal(error: unknown): error is KdevError {
  return error instanceof KdevError && error.code !== 'link-lost';
}
