import { fstatSync, readSync } from 'node:fs';
import type { RunCommand } from '../../src/core/run-command.ts';
import type { MappingFacts } from '../../src/wire/messages.ts';
import type { Step } from '../files/step.ts';
import type { Version } from '../replica/version.ts';
import type { AdoptedEntry, JournalEntry, JournalIndex } from './journal-index.ts';
import { type JournalledRun, withOwed, withRan } from './journalled-runs.ts';
import { type Pieces, storedBytes } from './pieces.ts';
import { bodyLength, headerBytes, isSound, recordTypes } from './record.ts';

export interface JournalHead {
  readonly format: number;
  readonly container: string;
  readonly fingerprint: string;
}

export interface Scanned {
  readonly head: JournalHead;
  readonly filled: boolean;
  readonly mappings: readonly MappingFacts[];
  /** In the order of their last requests. */
  readonly runs: readonly JournalledRun[];
  /** Of the newest committed batch. */
  readonly newest: Version;
  /** Up to here the file is whole; what follows was being written when something ended. */
  readonly soundBytes: number;
}

export const nothingScanned = { filled: false, mappings: [], runs: [], newest: { term: 0, seq: 0 } } as const;

/**
 * Reads a journal into an index. It ends at the first record that is torn or broken, and with the last batch before
 * that which has its commit. Undefined when not even the head can be read.
 */
export function scanJournal(fd: number, index: JournalIndex): Scanned | undefined {
  const reader = new Reader(fd);
  const first = reader.next();
  if (first?.type !== recordTypes.head) return undefined;
  const head = JSON.parse(first.json()) as JournalHead;
  let scanned: Scanned = { head, ...nothingScanned, soundBytes: reader.position };
  let owed: RunCommand[] = [];
  let steps: { step: Step; version: Version; contentAt: number; bytes: number; pieces?: Pieces }[] = [];
  for (let record = reader.next(); record !== undefined; record = reader.next()) {
    switch (record.type) {
      case recordTypes.step: {
        const step = JSON.parse(record.json()) as { step: Step; version: Version; pieces?: Pieces };
        const bytes = record.bytes + storedBytes(step.pieces);
        steps.push({ ...step, contentAt: reader.position, bytes });
        break;
      }
      case recordTypes.blob:
        break;
      case recordTypes.content: {
        const last = steps.at(-1);
        if (last !== undefined) last.bytes += record.bytes;
        break;
      }
      case recordTypes.commit: {
        const newest = JSON.parse(record.json()) as Version;
        index.commit(steps satisfies JournalEntry[]);
        steps = [];
        scanned = {
          ...scanned,
          newest,
          runs: withOwed(scanned.runs, owed),
          soundBytes: reader.position,
        };
        owed = [];
        break;
      }
      case recordTypes.owed:
        owed = JSON.parse(record.json()) as RunCommand[];
        break;
      case recordTypes.ran: {
        const ran = JSON.parse(record.json()) as RunCommand;
        scanned = { ...scanned, runs: withRan(scanned.runs, ran), soundBytes: reader.position };
        break;
      }
      case recordTypes.failed: {
        const failed = JSON.parse(record.json()) as { batch: number; paths: string[] };
        index.fail(failed.batch, failed.paths);
        scanned = { ...scanned, soundBytes: reader.position };
        break;
      }
      case recordTypes.filled:
        scanned = { ...scanned, filled: true, soundBytes: reader.position };
        break;
      case recordTypes.adopted:
        index.adopt(JSON.parse(record.json()) as AdoptedEntry[], record.bytes);
        scanned = { ...scanned, soundBytes: reader.position };
        break;
      case recordTypes.mappings:
        scanned = {
          ...scanned,
          mappings: JSON.parse(record.json()) as MappingFacts[],
          soundBytes: reader.position,
        };
        break;
      default:
        return scanned;
    }
  }
  return scanned;
}

/** Reads record after record through one buffer. */
class Reader {
  position = 0;
  readonly #fd: number;
  readonly #size: number;
  #window = Buffer.alloc(0);
  #windowAt = 0;

  constructor(fd: number) {
    this.#fd = fd;
    this.#size = fstatSync(fd).size;
  }

  next(): { readonly type: number; readonly bytes: number; json(): string } | undefined {
    const header = this.#read(this.position, headerBytes);
    if (header === undefined) return undefined;
    const length = bodyLength(header);
    const body = length === undefined ? undefined : this.#read(this.position + headerBytes, length);
    if (body === undefined || !isSound(header, body)) return undefined;
    const bytes = headerBytes + body.length;
    this.position += bytes;
    return { type: body[0] ?? 0, bytes, json: () => body.toString('utf8', 1) };
  }

  #read(at: number, length: number): Buffer | undefined {
    if (at + length > this.#size) return undefined;
    if (at < this.#windowAt || at + length > this.#windowAt + this.#window.length) {
      const window = Buffer.allocUnsafe(Math.max(length, Math.min(4 * 1024 * 1024, this.#size - at)));
      const count = readSync(this.#fd, window, 0, window.length, at);
      this.#window = window.subarray(0, count);
      this.#windowAt = at;
    }
    const start = at - this.#windowAt;
    return start + length > this.#window.length ? undefined : this.#window.subarray(start, start + length);
  }
}
