import { type FindText, findText } from './find-text.ts';
import type { LogEntry, LogSource } from './log-entry.ts';
import type { LineLayout } from './log-row.ts';
import { LogSelection } from './log-selection.ts';
import type { LogStore } from './log-store.ts';

const sources: readonly (LogSource | undefined)[] = [undefined, 'app', 'build', 'test', 'run'];

/** Which of a store's lines are shown, and which of those hold what is searched. */
export class LogLines {
  readonly #store: LogStore;
  readonly #layout: LineLayout;
  #selection: LogSelection;
  #matches: LogSelection | undefined;
  #service: string | undefined;
  #merged = false;
  #source: LogSource | undefined;
  #filter = '';
  #search: FindText | undefined;
  #clearedBefore = 0;
  /** The `seq` that came next when the lines were held still. */
  #heldAt: number | undefined;

  constructor(store: LogStore, layout: LineLayout) {
    this.#store = store;
    this.#layout = layout;
    this.#selection = new LogSelection(store, () => true);
  }

  get shown(): LogSelection {
    return this.#selection;
  }

  /** Absent while nothing is searched. */
  get matches(): LogSelection | undefined {
    return this.#matches;
  }

  get search(): FindText | undefined {
    return this.#search;
  }

  get filter(): string {
    return this.#filter;
  }

  get source(): LogSource | undefined {
    return this.#source;
  }

  /** Whose lines; undefined for those of all services together. */
  get service(): string | undefined {
    return this.#merged ? undefined : this.#service;
  }

  /** How many lines came since they are held still; undefined when they are not. */
  get heldBack(): number | undefined {
    return this.#heldAt === undefined ? undefined : this.#store.next - this.#heldAt;
  }

  /** Takes in what has come. */
  update(): void {
    this.#selection.update();
    this.#matches?.update();
  }

  choose(service: string | undefined): boolean {
    if (service === this.#service) return false;
    this.#service = service;
    if (!this.#merged) this.#sift();
    return !this.#merged;
  }

  toggleMerged(): void {
    this.#merged = !this.#merged;
    this.#sift();
  }

  nextSource(): void {
    this.#source = sources[(sources.indexOf(this.#source) + 1) % sources.length];
    this.#sift();
  }

  clear(): void {
    this.#clearedBefore = this.#store.next;
    this.#sift();
  }

  filterBy(text: string): void {
    this.#filter = text;
    this.#sift();
  }

  /** @param text empty to end the search */
  searchFor(text: string): void {
    this.#search = text === '' ? undefined : findText(text);
    this.#sieve();
  }

  hold(): void {
    this.update();
    this.#heldAt = this.#store.next;
    this.#selection.freeze();
    this.#matches?.freeze();
  }

  release(): void {
    if (this.#heldAt === undefined) return;
    this.#heldAt = undefined;
    this.#sift();
  }

  #sift(): void {
    this.#selection = new LogSelection(this.#store, this.#test(), this.#clearedBefore);
    if (this.#heldAt !== undefined) this.#selection.freeze();
    this.#sieve();
  }

  #sieve(): void {
    const search = this.#search;
    const test = this.#test();
    const matches = (entry: LogEntry): boolean =>
      test(entry) && search?.test(this.#layout.plain(entry)) === true;
    this.#matches = search && new LogSelection(this.#store, matches, this.#clearedBefore);
    if (this.#heldAt !== undefined) this.#matches?.freeze();
  }

  #test(): (entry: LogEntry) => boolean {
    const { service, source } = this;
    const without = this.#filter.startsWith('!');
    const wanted = without ? this.#filter.slice(1) : this.#filter;
    const find = wanted === '' ? undefined : findText(wanted);
    const before = this.#heldAt ?? Number.POSITIVE_INFINITY;
    return (entry) =>
      entry.seq < before &&
      (service === undefined || entry.service === service) &&
      (source === undefined || entry.source === source) &&
      (find === undefined || find.test(this.#layout.plain(entry)) !== without);
  }
}
