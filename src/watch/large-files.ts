import { type Digested, digestLargeFile } from '../tree/digest-file.ts';
import type { Look } from '../tree/look.ts';
import { sameStamp } from '../tree/stamp.ts';

type FileLook = Extract<Look, { type: 'file' }>;

/** Two streams keep a disk busy and leave threads of libuv's four to everybody else. */
const parallel = 2;

/** Digests of large files, read beside everything else. */
export class LargeFiles {
  readonly #absolute: (path: string) => string;
  readonly #onDigest: (path: string, look: FileLook, digested: Digested) => void;
  readonly #waiting = new Map<string, FileLook>();
  readonly #running = new Map<string, { readonly look: FileLook; readonly stop: AbortController }>();

  constructor(
    absolute: (path: string) => string,
    onDigest: (path: string, look: FileLook, digested: Digested) => void,
  ) {
    this.#absolute = absolute;
    this.#onDigest = onDigest;
  }

  get isIdle(): boolean {
    return this.#waiting.size === 0 && this.#running.size === 0;
  }

  /** `interrupted`: the file is being read and has changed meanwhile; that reading ends, add it again when it rests. */
  add(path: string, look: FileLook): 'reading' | 'interrupted' {
    const running = this.#running.get(path);
    if (running !== undefined && !running.stop.signal.aborted) {
      if (sameStamp(running.look.stamp, look.stamp)) return 'reading';
      running.stop.abort();
      return 'interrupted';
    }
    this.#waiting.set(path, look);
    this.#fill();
    return 'reading';
  }

  drop(path: string): void {
    this.#waiting.delete(path);
    this.#running.get(path)?.stop.abort();
  }

  stop(): void {
    this.#waiting.clear();
    for (const { stop } of this.#running.values()) stop.abort();
  }

  #fill(): void {
    for (const [path, look] of this.#waiting) {
      if (this.#running.size >= parallel) return;
      if (this.#running.has(path)) continue;
      this.#waiting.delete(path);
      void this.#read(path, look);
    }
  }

  async #read(path: string, look: FileLook): Promise<void> {
    const stop = new AbortController();
    this.#running.set(path, { look, stop });
    const digested = await digestLargeFile(this.#absolute(path), look.stamp, stop.signal).catch(
      () => undefined,
    );
    this.#running.delete(path);
    if (digested !== undefined && !stop.signal.aborted) this.#onDigest(path, look, digested);
    this.#fill();
  }
}
