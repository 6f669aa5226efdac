/**
 * Chooses modification times. An interpreter that caches what it compiled (Python's .pyc) recognises its source by
 * size and whole second of mtime, so before anything new runs every version of a path needs a second of its own.
 * A burst of saves may share one; `settle` says when that ends. mtime is never more than 1 s ahead, because `make`
 * loops on files from the future.
 */
export class OwnSecond {
  /** Whole seconds since the epoch that a path had lately; older ones cannot be chosen again. */
  readonly #had = new Map<string, number[]>();
  readonly #sharing = new Set<string>();

  /** Paths whose present version shares its second with an earlier one. */
  get sharing(): ReadonlySet<string> {
    return this.#sharing;
  }

  /** The mtime for new content, ms. `presentMs` is the mtime of what is there now, if anything is. */
  choose(path: string, presentMs: number | undefined, nowMs: number): number {
    const had = this.#seconds(path, presentMs, nowMs);
    const now = Math.floor(nowMs / 1000);
    const shares = had.includes(now) && had.includes(now + 1);
    const mtimeMs = !had.includes(now) ? nowMs : shares ? nowMs + 1000 : (now + 1) * 1000;
    add(had, Math.floor(mtimeMs / 1000));
    if (shares) this.#sharing.add(path);
    else this.#sharing.delete(path);
    return mtimeMs;
  }

  /** The mtime that ends a path's sharing and the time from which it may be set, both ms. */
  settle(path: string, nowMs: number): { readonly mtimeMs: number; readonly fromMs: number } {
    const had = this.#seconds(path, undefined, nowMs);
    let second = Math.floor(nowMs / 1000);
    while (had.includes(second)) second += 1;
    return { mtimeMs: Math.max(second * 1000, nowMs), fromMs: second * 1000 - 1000 };
  }

  /** The path's mtime is now the one that `settle` named, or the path is gone. */
  settled(path: string, mtimeMs?: number): void {
    this.#sharing.delete(path);
    const had = mtimeMs === undefined ? undefined : this.#had.get(path);
    if (had !== undefined && mtimeMs !== undefined) add(had, Math.floor(mtimeMs / 1000));
  }

  /** Drops what no choice from now on can depend on. */
  prune(nowMs: number): void {
    const now = Math.floor(nowMs / 1000);
    for (const [path, had] of this.#had) {
      if (!this.#sharing.has(path) && Math.max(...had) < now) this.#had.delete(path);
    }
  }

  /** What the path had, without what is over. A few numbers: a fill has one such list for each of its files. */
  #seconds(path: string, presentMs: number | undefined, nowMs: number): number[] {
    const now = Math.floor(nowMs / 1000);
    const known = this.#had.get(path);
    const had =
      known?.some((second) => second < now) === false
        ? known
        : (known ?? []).filter((second) => second >= now);
    if (had !== known) this.#had.set(path, had);
    if (presentMs !== undefined) add(had, Math.floor(presentMs / 1000));
    return had;
  }
}

function add(seconds: number[], second: number): void {
  if (!seconds.includes(second)) seconds.push(second);
}
