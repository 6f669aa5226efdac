/** How thoroughly a directory is compared. */
export interface Walk {
  /** Also every known directory below it; new ones always are. */
  readonly deep: boolean;
  /** Watch it anew: its watch may belong to another directory of the same name. */
  readonly rewatch: boolean;
}

/** Directories to compare, worked off in short slices. */
export class WalkQueue {
  readonly #compare: (dir: string, walk: Walk) => Generator<void, void, void>;
  readonly #queue = new Map<string, Walk>();
  #current: Generator<void, void, void> | undefined;
  #compared = 0;

  constructor(compare: (dir: string, walk: Walk) => Generator<void, void, void>) {
    this.#compare = compare;
  }

  get isIdle(): boolean {
    return this.#current === undefined && this.#queue.size === 0;
  }

  /** Directories compared so far. */
  get compared(): number {
    return this.#compared;
  }

  push(dir: string, walk: Walk): void {
    const known = this.#queue.get(dir);
    const deep = walk.deep || known?.deep === true;
    this.#queue.set(dir, { deep, rewatch: walk.rewatch || known?.rewatch === true });
  }

  /** Works for about `ms`; true when nothing is left. */
  run(ms: number): boolean {
    const until = performance.now() + ms;
    for (;;) {
      this.#current ??= this.#next();
      if (this.#current === undefined) return true;
      if (this.#current.next().done === true) this.#current = undefined;
      if (performance.now() >= until) return this.isIdle;
    }
  }

  clear(): void {
    this.#queue.clear();
    this.#current = undefined;
  }

  #next(): Generator<void, void, void> | undefined {
    const first = this.#queue.entries().next().value;
    if (first === undefined) return undefined;
    this.#queue.delete(first[0]);
    this.#compared++;
    return this.#compare(first[0], first[1]);
  }
}
