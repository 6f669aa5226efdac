import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
} from 'node:fs';
import path from 'node:path';
import type { RunCommand } from '../../src/core/run-command.ts';
import type { MappingFacts } from '../../src/wire/messages.ts';
import { writeFully } from '../files/staged-content.ts';
import type { Step } from '../files/step.ts';
import type { Version } from '../replica/version.ts';
import { Slice } from '../slice.ts';
import { type AdoptedEntry, type JournalEntry, JournalIndex } from './journal-index.ts';
import { type JournalledRun, withOwed, withRan } from './journalled-runs.ts';
import { addPiece, followingPieces, hole, type Pieces, storedBytes } from './pieces.ts';
import { contentBytes, contentRecord, headerBytes, jsonRecord, recordTypes } from './record.ts';
import { RecordWriter } from './record-writer.ts';
import { nothingScanned, type Scanned, scanJournal } from './scan-journal.ts';

export interface JournalOptions {
  /** Folder of this container's journal; made when needed. */
  readonly dir: string;
  readonly container: string;
  readonly log: (line: string) => void;
  /** Compact when there is more garbage than this, bytes, and than what lives. @default 16 MiB */
  readonly garbageBytes?: number;
}

/** Content of a file, in pieces of any size. */
export type ContentOf = (path: string) => Iterable<Uint8Array>;

const format = 1;

const zeros = Buffer.alloc(contentBytes);

/**
 * What sessions changed in a container since its image, so that another life of it gets the same. Append-only.
 *
 * It outlives every process of the pod but needs no fsync: the volume goes with the pod, and after a power failure
 * of the node the checksums find the torn tail and the session's digest what is missing.
 */
export class Journal {
  readonly index: JournalIndex = new JournalIndex();
  readonly #options: JournalOptions;
  #fd: number | undefined;
  #length = 0;
  #scanned: Scanned | undefined;
  #mappings: readonly MappingFacts[] = [];
  #holds = 0;

  constructor(options: JournalOptions) {
    this.#options = options;
    mkdirSync(options.dir, { recursive: true, mode: 0o700 });
    this.#open();
  }

  /** Of the image that the entries belong to; undefined while there is no journal. */
  get fingerprint(): string | undefined {
    return this.#scanned?.head.fingerprint;
  }

  get filled(): boolean {
    return this.#scanned?.filled ?? false;
  }

  get newest(): Version {
    return this.#scanned?.newest ?? { term: 0, seq: 0 };
  }

  /** Every mapping that sessions had so far; of two with one path the later. */
  get mappings(): readonly MappingFacts[] {
    return this.#mappings;
  }

  /** Adds a session's mappings. @throws ENOSPC and its like */
  addMappings(mappings: readonly MappingFacts[]): void {
    const merged = new Map([...this.#mappings, ...mappings].map((mapping) => [mapping.path, mapping.kind]));
    const next = Array.from(merged, ([path, kind]) => ({ path, kind }));
    if (JSON.stringify(next) === JSON.stringify(this.#mappings)) return;
    this.#mappings = next;
    this.#recordMappings();
  }

  /** Run steps that changes asked for, in the order of their last requests. */
  get runs(): readonly JournalledRun[] {
    return this.#scanned?.runs ?? [];
  }

  /** A run step has ended well. @throws ENOSPC and its like */
  ran(run: RunCommand): void {
    if (this.#scanned === undefined) return;
    this.#appendRecord(jsonRecord(recordTypes.ran, run));
    this.#scanned = { ...this.#scanned, runs: withRan(this.#scanned.runs, run) };
  }

  get bytes(): number {
    return this.#length;
  }

  /**
   * Records a batch; when it returns the batch will be applied, whatever ends meanwhile. Returns its number, for `fail`.
   * @throws ENOSPC and its like; the journal is then as before.
   */
  append(
    version: Version,
    steps: readonly Step[],
    contentOf: ContentOf,
    fingerprint: string,
    runs: readonly RunCommand[] = [],
    piecesOf: (path: string) => Pieces | undefined = () => undefined,
  ): number {
    const start = this.#begin(fingerprint);
    try {
      const entries: JournalEntry[] = [];
      const out = new RecordWriter(start.fd, this.#length);
      for (const step of steps) {
        const stepAt = out.position;
        const pieces = step.op === 'file' ? piecesOf(step.path) : undefined;
        out.add(jsonRecord(recordTypes.step, { step, version, ...(pieces && { pieces }) }));
        const contentAt = out.position;
        if (step.op === 'file' && pieces === undefined) out.addContent(contentOf(step.path));
        const bytes = out.position - stepAt + storedBytes(pieces);
        entries.push({ step, version, contentAt, bytes, ...(pieces && { pieces }) });
      }
      if (runs.length > 0) out.add(jsonRecord(recordTypes.owed, runs));
      out.add(jsonRecord(recordTypes.commit, version));
      out.flush();
      this.#length = out.position;
      if (this.#scanned)
        this.#scanned = { ...this.#scanned, newest: version, runs: withOwed(this.#scanned.runs, runs) };
      return this.index.commit(entries);
    } catch (thrown) {
      ftruncateSync(start.fd, this.#length);
      throw thrown;
    }
  }

  /**
   * Writes content for a step to come, in slices: other batches are recorded meanwhile. Content that no step names
   * is garbage, and `release` says that none will any more.
   * @throws ENOSPC and its like
   */
  async keep(content: Iterable<Uint8Array>, fingerprint: string): Promise<Pieces> {
    this.#begin(fingerprint);
    const slice = new Slice();
    const pieces: [number, number][] = [];
    for (const piece of content) {
      if (slice.over) await slice.breathe();
      for (let at = 0; at < piece.length; at += contentBytes) {
        const part = piece.subarray(at, at + contentBytes);
        if (isZero(part)) {
          addPiece(pieces, hole, part.length);
          continue;
        }
        addPiece(pieces, this.#length + headerBytes + 1, part.length);
        this.#appendRecord(contentRecord(part, recordTypes.blob));
      }
    }
    return pieces;
  }

  /** Until the returned function is called nothing that `keep` wrote moves, and every batch keeps its number. */
  hold(): () => void {
    this.#holds += 1;
    return () => {
      this.#holds -= 1;
    };
  }

  /** Where the content of a file with that digest is; undefined where the journal has none. */
  piecesOf(path: string, digest: string): Pieces | undefined {
    const entry = this.index.get(path);
    if (entry?.step.op !== 'file' || entry.step.digest !== digest) return undefined;
    return entry.pieces ?? followingPieces(entry.contentAt, entry.step.size);
  }

  /** Paths of a recorded batch that could not be applied stay what the journal said before. */
  fail(batch: number, paths: readonly string[]): void {
    this.index.fail(batch, paths);
    this.#appendRecord(jsonRecord(recordTypes.failed, { batch, paths }));
  }

  /** What the image has as the tree has it belongs to kdev from here on. @throws ENOSPC and its like */
  adopt(adopted: readonly AdoptedEntry[], fingerprint: string): void {
    if (adopted.length === 0) return;
    this.#begin(fingerprint);
    const record = Buffer.concat([...adoptedRecords(adopted)]);
    this.#appendRecord(record);
    this.index.adopt(adopted, record.length);
  }

  /** A session has filled the container. @throws ENOSPC and its like */
  fill(fingerprint: string): void {
    this.#begin(fingerprint);
    if (this.filled) return;
    this.#appendRecord(jsonRecord(recordTypes.filled, {}));
    if (this.#scanned) this.#scanned = { ...this.#scanned, filled: true };
  }

  /** The recorded content of a file. */
  *contentOf(entry: JournalEntry): Generator<Buffer> {
    if (entry.step.op !== 'file' || this.#fd === undefined) return;
    for (const [at, length] of entry.pieces ?? followingPieces(entry.contentAt, entry.step.size)) {
      if (at === hole) {
        for (let left = length; left > 0; left -= zeros.length) yield zeros.subarray(0, left);
        continue;
      }
      const content = Buffer.allocUnsafe(length);
      readSync(this.#fd, content, 0, content.length, at);
      yield content;
    }
  }

  /** Writes what lives into a new file when garbage outweighs it. */
  compactIfWorth(): boolean {
    const garbage = this.#length - this.index.liveBytes;
    if (
      this.#holds > 0 ||
      garbage <= Math.max(this.index.liveBytes, this.#options.garbageBytes ?? 16 * 1024 * 1024)
    )
      return false;
    this.#compact();
    return true;
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }

  get #file(): string {
    return path.join(this.#options.dir, 'journal');
  }

  #open(): void {
    let fd: number;
    try {
      fd = openSync(this.#file, constants.O_RDWR);
    } catch {
      // There is none yet: the first batch makes it.
      return;
    }
    const scanned = scanJournal(fd, this.index);
    if (scanned === undefined) {
      closeSync(fd);
      this.#options.log(
        `the journal ${this.#file} is broken from its first byte; set aside as journal.broken`,
      );
      renameSync(this.#file, `${this.#file}.broken`);
      return;
    }
    const torn = fstatSync(fd).size - scanned.soundBytes;
    if (torn > 0) {
      this.#options.log(`the journal ${this.#file} ended in ${torn} torn bytes; cut off`);
      ftruncateSync(fd, scanned.soundBytes);
    }
    this.#fd = fd;
    this.#length = scanned.soundBytes;
    this.#scanned = scanned;
    this.#mappings = scanned.mappings;
  }

  #begin(fingerprint: string): { readonly fd: number } {
    if (this.#fd !== undefined) return { fd: this.#fd };
    const fd = openSync(this.#file, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o600);
    const head = { format, container: this.#options.container, fingerprint };
    const record = jsonRecord(recordTypes.head, head);
    try {
      writeFully(fd, record, 0);
    } catch (thrown) {
      closeSync(fd);
      throw thrown;
    }
    this.#fd = fd;
    this.#length = record.length;
    this.#scanned = { head, ...nothingScanned, soundBytes: record.length };
    this.#recordMappings();
    return { fd };
  }

  #recordMappings(): void {
    if (this.#mappings.length > 0) this.#appendRecord(jsonRecord(recordTypes.mappings, this.#mappings));
  }

  #appendRecord(record: Buffer): void {
    if (this.#fd === undefined) return;
    writeFully(this.#fd, record, this.#length);
    this.#length += record.length;
  }

  #compact(): void {
    const scanned = this.#scanned;
    if (scanned === undefined) return;
    const next = `${this.#file}.next`;
    const fd = openSync(next, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC, 0o600);
    const moved: JournalEntry[] = [];
    const adopted = [...this.index.adopted()];
    let adoptedBytes = 0;
    try {
      const out = new RecordWriter(fd, 0);
      out.add(jsonRecord(recordTypes.head, scanned.head));
      out.add(jsonRecord(recordTypes.mappings, this.#mappings));
      for (const { step, version, ...entry } of this.index.entries()) {
        const startAt = out.position;
        const pieces = entry.pieces?.some(([at]) => at === hole)
          ? this.#movePieces(entry.pieces, out)
          : undefined;
        out.add(jsonRecord(recordTypes.step, { step, version, ...(pieces && { pieces }) }));
        const contentAt = out.position;
        if (pieces === undefined) out.addContent(this.contentOf({ step, version, ...entry }));
        moved.push({ step, version, contentAt, bytes: out.position - startAt, ...(pieces && { pieces }) });
      }
      const { runs } = scanned;
      if (runs.length > 0)
        out.add(
          jsonRecord(
            recordTypes.owed,
            runs.map(({ run }) => run),
          ),
        );
      out.add(jsonRecord(recordTypes.commit, scanned.newest));
      for (const { run } of runs.filter(({ done }) => done)) out.add(jsonRecord(recordTypes.ran, run));
      const adoptedAt = out.position;
      for (const record of adoptedRecords(adopted)) out.add(record);
      adoptedBytes = out.position - adoptedAt;
      if (scanned.filled) out.add(jsonRecord(recordTypes.filled, {}));
      out.flush();
      renameSync(next, this.#file);
      this.close();
      this.#fd = fd;
      this.#length = out.position;
    } catch (thrown) {
      closeSync(fd);
      throw thrown;
    }
    this.index.clear();
    this.index.commit(moved);
    this.index.adopt(adopted, adoptedBytes);
  }

  /** Copies what there is of pieces; the holes stay holes. */
  #movePieces(pieces: Pieces, out: RecordWriter): Pieces {
    return pieces.map(([at, length]): readonly [number, number] => {
      if (at === hole || this.#fd === undefined) return [at, length];
      const content = Buffer.allocUnsafe(length);
      readSync(this.#fd, content, 0, length, at);
      const movedAt = out.position + headerBytes + 1;
      out.add(contentRecord(content, recordTypes.blob));
      return [movedAt, length];
    });
  }
}

/** So few that the longest paths and targets there are make no record too long. */
const adoptedInRecord = 32;

function* adoptedRecords(adopted: readonly AdoptedEntry[]): Generator<Buffer> {
  for (let at = 0; at < adopted.length; at += adoptedInRecord)
    yield jsonRecord(recordTypes.adopted, adopted.slice(at, at + adoptedInRecord));
}

/** Whether a piece of content, of up to 1 MiB, is nothing but zeros. */
export function isZero(bytes: Uint8Array): boolean {
  return bytes[0] === 0 && zeros.subarray(0, bytes.length).equals(bytes);
}
