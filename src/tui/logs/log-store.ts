import type { LogEntry, LogLine } from './log-entry.ts';

/** Longer lines are cut: nobody reads them on a screen, and `kdev logs` has them whole. */
const maxLineLength = 65_536;
/** What an entry costs beside its letters, bytes. */
const entryBytes = 160;

export interface LogStoreOptions {
  /** @default 50 000 */
  readonly maxLines?: number;
  /** Bytes of the text that is kept, roughly. @default 16 MiB */
  readonly maxBytes?: number;
}

/**
 * The newest lines of everything that says something, in the order in which they came. The oldest go when there are
 * too many of them or they are too long together.
 */
export class LogStore {
  readonly #ring: (LogEntry | undefined)[];
  readonly #maxBytes: number;
  readonly #listeners = new Set<() => void>();
  readonly #replicas = new Map<string, Map<string, number>>();
  #first = 0;
  #next = 0;
  #bytes = 0;

  constructor({ maxLines = 50_000, maxBytes = 16 * 1024 * 1024 }: LogStoreOptions = {}) {
    this.#ring = new Array<LogEntry | undefined>(maxLines);
    this.#maxBytes = maxBytes;
  }

  /** The oldest line's `seq`; equal to `next` when there is none. */
  get first(): number {
    return this.#first;
  }

  /** The `seq` that the next line gets. */
  get next(): number {
    return this.#next;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @param seq from `first` to before `next` */
  at(seq: number): LogEntry | undefined {
    return seq < this.#first || seq >= this.#next ? undefined : this.#ring[seq % this.#ring.length];
  }

  /** Services of the lines that are kept. */
  get services(): readonly string[] {
    return [...this.#replicas.keys()];
  }

  /** How many replicas the kept lines of a service come from. */
  replicasOf(service: string): number {
    const counts = this.#replicas.get(service);
    // A build is nobody's.
    return counts ? counts.size - (counts.has('') ? 1 : 0) : 0;
  }

  /** Costs next to nothing; whoever listens is told once for each. */
  add(line: LogLine): void {
    this.#keep(line);
    this.#tell();
  }

  addAll(lines: Iterable<LogLine>): void {
    for (const line of lines) this.#keep(line);
    this.#tell();
  }

  /** Calls `changed` after each change; the returned function ends that. */
  subscribe(changed: () => void): () => void {
    this.#listeners.add(changed);
    return () => this.#listeners.delete(changed);
  }

  #keep(line: LogLine): void {
    if (this.#next - this.#first === this.#ring.length) this.#drop();
    this.#ring[this.#next % this.#ring.length] = { ...line, text: cut(line.text), seq: this.#next };
    this.#next += 1;
    this.#bytes += sizeOf(line);
    this.#count(line, 1);
    while (this.#bytes > this.#maxBytes && this.#next - this.#first > 1) this.#drop();
  }

  #drop(): void {
    const place = this.#first % this.#ring.length;
    const oldest = this.#ring[place];
    this.#ring[place] = undefined;
    this.#first += 1;
    if (!oldest) return;
    this.#bytes -= sizeOf(oldest);
    this.#count(oldest, -1);
  }

  #count({ service, replica }: LogLine, by: 1 | -1): void {
    let counts = this.#replicas.get(service);
    if (!counts) {
      counts = new Map();
      this.#replicas.set(service, counts);
    }
    const count = (counts.get(replica) ?? 0) + by;
    if (count > 0) counts.set(replica, count);
    else counts.delete(replica);
    if (counts.size === 0) this.#replicas.delete(service);
  }

  #tell(): void {
    for (const changed of this.#listeners) changed();
  }
}

function cut(text: string): string {
  if (text.length <= maxLineLength) return text;
  const kept = text.slice(0, maxLineLength);
  return `${kept}\x1b[0m […and ${text.length - maxLineLength} characters more]`;
}

/** V8 keeps a letter beyond Latin-1, and with it its whole line, in two bytes; this counts every letter so. */
function sizeOf({ text }: LogLine): number {
  return entryBytes + 2 * Math.min(text.length, maxLineLength);
}
