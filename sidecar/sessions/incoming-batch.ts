import { createHash, type Hash, hash } from 'node:crypto';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { messageOf } from '../../src/core/error.ts';
import type { PathProblem } from '../../src/core/replica-facts.ts';
import type { BatchEntry, Ranges } from '../../src/wire/messages.ts';
import { wireError } from '../../src/wire/wire-error.ts';
import type { ContainerFiles } from '../files/container-files.ts';
import { PathError, problemOf } from '../files/path-error.ts';
import type { StagedFile } from '../files/place.ts';
import { rebuildContent } from '../files/rebuild-content.ts';
import { isFull, removeStaged, StagedContent } from '../files/staged-content.ts';
import { takeOver } from '../files/take-over.ts';
import { whoMay } from '../files/who-may.ts';
import type { ManagedPath } from '../replica/managed-paths.ts';
import type { MadeOf, ReceivedBatch } from '../replica/received-batch.ts';
import { Slice } from '../slice.ts';

/** Content up to here, over the whole batch, is kept in memory for the journal; more is read again from the disk. */
const keepBytes = 16 * 1024 * 1024;
const maxEntries = 1_000_000;
/** Staged files of a batch that stay open until they get their place. */
const maxOpen = 512;

type FileEntry = Extract<BatchEntry, { op: 'file' }>;

/** Files that are read again go through this, one after the other. */
const readBuffer = Buffer.allocUnsafe(1024 * 1024);

const nothing = Buffer.alloc(0);

interface Arriving {
  readonly entry: FileEntry;
  /** Of what arrived so far; absent once `digest` is known. */
  hash: Hash | undefined;
  digest: string | undefined;
  received: number;
  content: StagedContent | undefined;
  /** A file of the container that is this one from the commit on. */
  moved?: StagedFile;
  kept: Buffer[] | undefined;
  problem: PathProblem | undefined;
  madeOf?: MadeOf;
}

/** A batch while it arrives: each file's content goes to its staging place at once, and nothing else happens. */
export class IncomingBatch implements ReceivedBatch {
  readonly seq: number;
  readonly files: ContainerFiles | undefined;
  readonly beganAt: number = performance.now();
  full: { readonly code: string; readonly message: string } | undefined;
  readonly #entries: BatchEntry[] = [];
  readonly #arriving = new Map<number, Arriving>();
  readonly #staged = new Map<string, Arriving>();
  readonly #untaken = new Map<string, StagedFile>();
  readonly #problems: PathProblem[] = [];
  #keptBytes = 0;
  #open = 0;

  readonly #known: (path: string) => ManagedPath | undefined;

  /** @param known what kdev put at a path of the container */
  constructor(
    seq: number,
    files: ContainerFiles | undefined,
    known: (path: string) => ManagedPath | undefined,
  ) {
    this.seq = seq;
    this.files = files;
    this.#known = known;
  }

  get entries(): readonly BatchEntry[] {
    return this.#entries.filter((entry) => entry.op !== 'file' || this.#staged.has(entry.path));
  }

  get problems(): readonly PathProblem[] {
    return this.#problems;
  }

  /** @throws KdevError `agent-protocol` when a batch grows beyond all reason. */
  add(entries: readonly BatchEntry[]): void {
    if (this.#entries.length + entries.length > maxEntries)
      throw wireError(`a batch of more than ${maxEntries} paths`);
    for (const entry of entries) this.#entries.push(entry);
  }

  /** @throws KdevError `agent-protocol` when no file of the batch expects these bytes. */
  receive(index: number, bytes: Buffer): void {
    const entry = this.#entries[index];
    if (entry?.op !== 'file') throw wireError(`content for entry ${index}, which is no file of the batch`);
    const arriving = this.#begin(index, entry);
    arriving.received += bytes.length;
    const announced = entry.base === undefined ? entry.size : lengthOf(entry.base.ranges);
    if (arriving.received > announced)
      throw wireError(`more than the announced ${announced} bytes for entry ${index}`);
    this.#keep(arriving, bytes);
    if (entry.base !== undefined) return;
    this.#digest(arriving, bytes);
    this.#stage(arriving, bytes);
  }

  /** Everything has arrived: what is incomplete or has another digest becomes a problem of its path. */
  async finish(): Promise<void> {
    const slice = new Slice();
    const going = new Set(this.#entries.flatMap(({ op, path }) => (op === 'delete' ? [path] : [])));
    for (const [index, entry] of this.#entries.entries()) {
      if (entry.op !== 'file') continue;
      if (slice.over) await slice.breathe();
      const arriving = this.#begin(index, entry);
      // Each file has one new name at the most; who else wants its content gets a copy.
      if (entry.base !== undefined) await this.#rebuild(arriving, entry.base, going.delete(entry.base.path));
      else if (arriving.received === 0) {
        this.#digest(arriving, nothing);
        this.#stage(arriving, nothing);
      }
      this.#arriving.delete(index);
      arriving.content?.close();
      const digest = arriving.digest ?? 'unknown';
      const complete =
        entry.base !== undefined || (arriving.received === entry.size && digest === entry.digest);
      if (!complete && arriving.problem === undefined) {
        arriving.problem = {
          path: entry.path,
          code: 'digest-mismatch',
          message: `${entry.path} did not arrive as it was announced: ${arriving.received} of ${entry.size} bytes, sha256 ${digest}.`,
        };
      }
      if (arriving.problem === undefined) this.#publish(arriving);
      else this.#refuse(arriving, arriving.problem);
    }
  }

  takeStaged(path: string): StagedFile | undefined {
    const file = this.#untaken.get(path);
    this.#untaken.delete(path);
    return file;
  }

  *content(path: string): Generator<Uint8Array> {
    const arriving = this.#staged.get(path);
    const file = arriving?.moved ?? arriving?.content?.file;
    if (arriving?.kept !== undefined) yield* arriving.kept;
    else if (file !== undefined) yield* this.#readStaged(file);
  }

  madeOf(path: string): MadeOf | undefined {
    return this.#staged.get(path)?.madeOf;
  }

  /** Removes what was staged and found no place. The batch is over. */
  discard(): void {
    const rest = [...this.#untaken.values()];
    for (const { content } of this.#arriving.values()) {
      content?.close();
      if (content !== undefined) rest.push(content.file);
    }
    this.#arriving.clear();
    this.#untaken.clear();
    this.files?.use((access) => {
      for (const file of rest) removeStaged(access, file);
    });
  }

  #begin(index: number, entry: FileEntry): Arriving {
    let arriving = this.#arriving.get(index);
    if (arriving === undefined) {
      arriving = {
        entry,
        hash: undefined,
        digest: undefined,
        received: 0,
        content: undefined,
        kept: [],
        problem: undefined,
      };
      this.#arriving.set(index, arriving);
    }
    return arriving;
  }

  /** Makes the content out of a file that the container has. */
  async #rebuild(arriving: Arriving, base: NonNullable<FileEntry['base']>, baseGoes: boolean): Promise<void> {
    const { path, size, digest } = arriving.entry;
    const { files } = this;
    if (files === undefined) return;
    const patch = arriving.kept === undefined ? nothing : Buffer.concat(arriving.kept);
    arriving.kept = undefined;
    try {
      const { entry: known, stamp } = this.#known(base.path) ?? {};
      // A copy is refused before anything is read where the base is known to be something else.
      const isCopy = base.ranges.length === 0 && size > 0;
      if (
        known?.type !== 'file' ||
        patch.length !== lengthOf(base.ranges) ||
        (isCopy && known.digest !== digest)
      )
        throw new PathError('send-whole', `${base.path} is not what ${path} could be made of.`);
      arriving.madeOf = { path: base.path, digest: known.digest, ranges: base.ranges, patch };
      if (isCopy && baseGoes) {
        const moved = await takeOver({ files, path: base.path, size, digest, stamp });
        if (moved !== undefined) {
          arriving.moved = moved;
          if (moved.handle !== undefined && this.#open++ >= maxOpen) this.#close(moved);
          return;
        }
      }
      const rebuilding = { files, path, base: base.path, size, digest, ranges: base.ranges, patch };
      await rebuildContent(rebuilding, (content) => {
        arriving.content = content;
      });
    } catch (thrown) {
      if (isFull(thrown)) {
        const { code, message } = this.#problemOf(path, thrown);
        this.full = { code, message };
      }
      const message = `${path} has to be sent whole: ${messageOf(thrown)}`;
      arriving.problem = { path, code: 'send-whole', message };
    }
  }

  #close(file: StagedFile): void {
    if (file.handle !== undefined) closeSync(file.handle);
    file.handle = undefined;
  }

  #digest(arriving: Arriving, bytes: Buffer): void {
    const isAll = arriving.received === arriving.entry.size;
    if (isAll && arriving.hash === undefined) {
      arriving.digest = hash('sha256', bytes, 'hex');
      return;
    }
    arriving.hash ??= createHash('sha256');
    arriving.hash.update(bytes);
    if (!isAll) return;
    arriving.digest = arriving.hash.digest('hex');
    arriving.hash = undefined;
  }

  #keep(arriving: Arriving, bytes: Buffer): void {
    if (arriving.kept === undefined) return;
    this.#keptBytes += bytes.length;
    if (this.#keptBytes <= keepBytes) {
      arriving.kept.push(bytes);
    } else {
      for (const kept of arriving.kept) this.#keptBytes -= kept.length;
      this.#keptBytes -= bytes.length;
      arriving.kept = undefined;
    }
  }

  #stage(arriving: Arriving, bytes: Buffer): void {
    if (this.files === undefined || this.full !== undefined || arriving.problem !== undefined) return;
    try {
      arriving.content ??= new StagedContent(this.files, arriving.entry.path);
      arriving.content.write(bytes);
      if (arriving.received === arriving.entry.size) arriving.content.end(this.#open++ < maxOpen);
    } catch (thrown) {
      const problem = this.#problemOf(arriving.entry.path, thrown);
      if (isFull(thrown)) this.full = { code: problem.code, message: problem.message };
      else arriving.problem = problem;
    }
  }

  #problemOf(path: string, thrown: unknown): PathProblem {
    try {
      return problemOf(
        path,
        thrown,
        this.files?.use((access) => whoMay(access.place(path))),
      );
    } catch {
      // Not even its directory can be reached: then the first error says it all.
      return problemOf(path, thrown);
    }
  }

  #publish(arriving: Arriving): void {
    const { path } = arriving.entry;
    const before = this.#untaken.get(path);
    if (before !== undefined) this.files?.use((access) => removeStaged(access, before));
    this.#staged.set(path, arriving);
    const file = arriving.moved ?? arriving.content?.file;
    if (file !== undefined) this.#untaken.set(path, file);
  }

  #refuse(arriving: Arriving, problem: PathProblem): void {
    const { content } = arriving;
    if (content !== undefined) this.files?.use((access) => removeStaged(access, content.file));
    this.#problems.push(problem);
  }

  *#readStaged(file: StagedFile): Generator<Uint8Array> {
    const fd = this.files?.use((access) =>
      openSync(access.staged(file), constants.O_RDONLY | constants.O_NOFOLLOW),
    );
    if (fd === undefined) return;
    try {
      for (let count = readSync(fd, readBuffer); count > 0; count = readSync(fd, readBuffer)) {
        yield Buffer.from(readBuffer.subarray(0, count));
      }
    } finally {
      closeSync(fd);
    }
  }
}

function lengthOf(ranges: Ranges): number {
  return ranges.reduce((sum, [, length]) => sum + length, 0);
}
