/** So long may one piece of work keep everything else waiting, ms. */
const sliceMs = 4;

/** Cuts long synchronous work into pieces, so that a small save gets its turn beside it. */
export class Slice {
  #end: number = performance.now() + sliceMs;

  get over(): boolean {
    return performance.now() >= this.#end;
  }

  /** Lets everything else that waits go first. */
  async breathe(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    this.#end = performance.now() + sliceMs;
  }
}
