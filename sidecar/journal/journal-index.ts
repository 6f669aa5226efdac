import type { TreeEntry } from '../../src/core/entry.ts';
import type { Step } from '../files/step.ts';
import type { Version } from '../replica/version.ts';
import type { Pieces } from './pieces.ts';

/** What the journal knows of a path. */
export interface JournalEntry {
  readonly step: Step;
  readonly version: Version;
  /** Offset in the file of the first content record, where the content follows its step. */
  readonly contentAt: number;
  /** Where the content is instead. */
  readonly pieces?: Pieces;
  /** How many bytes of the file it takes. */
  readonly bytes: number;
}

/** What a container had already when a session came. */
export interface AdoptedEntry {
  readonly path: string;
  readonly entry: TreeEntry;
  readonly version: Version;
}

/** Batches whose failures can still be taken back; more are never on their way at once. */
const maxUndo = 64;

/** The newest entry of each path, which is all that a replay needs. */
export class JournalIndex {
  readonly #entries = new Map<string, JournalEntry>();
  readonly #adopted = new Map<string, AdoptedEntry>();
  readonly #undo = new Map<number, ReadonlyMap<string, JournalEntry | undefined>>();
  #liveBytes = 0;
  #batches = 0;

  get size(): number {
    return this.#entries.size;
  }

  get liveBytes(): number {
    return this.#liveBytes;
  }

  get(path: string): JournalEntry | undefined {
    return this.#entries.get(path);
  }

  entries(): IterableIterator<JournalEntry> {
    return this.#entries.values();
  }

  adopted(): IterableIterator<AdoptedEntry> {
    return this.#adopted.values();
  }

  adopt(entries: readonly AdoptedEntry[], bytes: number): void {
    for (const entry of entries) this.#adopted.set(entry.path, entry);
    this.#liveBytes += bytes;
  }

  /** Returns the batch's number: how many commits the file has with this one. Several batches may share a version. */
  commit(entries: readonly JournalEntry[]): number {
    const before = new Map<string, JournalEntry | undefined>();
    for (const entry of entries) {
      const { path } = entry.step;
      before.set(path, this.#entries.get(path));
      this.#set(path, entry);
      this.#adopted.delete(path);
    }
    const [oldest] = this.#undo.keys();
    if (oldest !== undefined && this.#undo.size >= maxUndo) this.#undo.delete(oldest);
    this.#batches += 1;
    this.#undo.set(this.#batches, before);
    return this.#batches;
  }

  /** Of a committed batch, these paths stayed what they were. */
  fail(batch: number, paths: readonly string[]): void {
    const before = this.#undo.get(batch);
    if (before === undefined) return;
    for (const path of paths) {
      if (before.has(path)) this.#set(path, before.get(path));
    }
  }

  clear(): void {
    this.#entries.clear();
    this.#adopted.clear();
    this.#undo.clear();
    this.#batches = 0;
    this.#liveBytes = 0;
  }

  #set(path: string, entry: JournalEntry | undefined): void {
    this.#liveBytes += (entry?.bytes ?? 0) - (this.#entries.get(path)?.bytes ?? 0);
    if (entry === undefined) this.#entries.delete(path);
    else this.#entries.set(path, entry);
  }
}
