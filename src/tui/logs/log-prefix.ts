import { clockTime } from '../../core/measures.ts';
import { textWidth } from './character-width.ts';
import type { LogEntry } from './log-entry.ts';
import type { LogStore } from './log-store.ts';

/** SGR foregrounds that are told apart on light and dark. */
const palette = ['36', '35', '33', '32', '34', '96', '95', '93', '92', '94'] as const;
const maxNameWidth = 20;
const maxKnown = 1_000;
/** Narrower panels tell whose line it is by a coloured bar alone, and narrower ones still not at all. */
const namesFrom = 60;
const barFrom = 20;

export interface PrefixOptions {
  /** Lines of several services are shown together. */
  readonly merged: boolean;
  readonly timestamps: boolean;
  /** Of the whole row, cells. */
  readonly width: number;
}

/**
 * What stands before a line: when, whose. Every replica gets a colour of its own, the next one to whoever comes next,
 * and the names stand in one column, which only grows.
 */
export class LogPrefix {
  readonly #store: LogStore;
  readonly #colours = new Map<string, number>();
  #next = 0;
  #nameWidth = 0;

  constructor(store: LogStore) {
    this.#store = store;
  }

  /** Makes the column wide enough for a line that is about to be shown. */
  admit(entry: LogEntry, options: PrefixOptions): void {
    this.#nameWidth = Math.max(this.#nameWidth, textWidth(this.#nameOf(entry, options)));
  }

  /** The column starts again: other lines are shown from now on. */
  forget(): void {
    this.#nameWidth = 0;
  }

  /** Cells before the text, equal for all lines. */
  width({ width, timestamps }: PrefixOptions): number {
    if (width < barFrom) return 0;
    const name = width < namesFrom || this.#nameWidth === 0 ? 0 : this.#nameWidth + 1;
    return (timestamps ? clockWidth(width) + 1 : 0) + name + 2;
  }

  text(entry: LogEntry, options: PrefixOptions): string {
    const { timestamps, width } = options;
    if (width < barFrom) return '';
    const time = timestamps ? `${paint(timeOf(entry.at, clockWidth(width)), '2')} ` : '';
    if (width < namesFrom || this.#nameWidth === 0) return `${time}${paint('│', this.#colourOf(entry))} `;
    const name = this.#nameOf(entry, options);
    const padded = name + ' '.repeat(Math.max(0, this.#nameWidth - textWidth(name)));
    return `${time}${paint(`${padded} │`, this.#colourOf(entry))} `;
  }

  #nameOf(entry: LogEntry, { merged }: PrefixOptions): string {
    const names = merged && this.#store.services.length > 1 ? [entry.service] : [];
    if (entry.source !== 'app') names.push(entry.suite ?? entry.source);
    else if (this.#store.replicasOf(entry.service) > 1) names.push(shortName(entry.replica));
    const name = names.join('/');
    return name.length <= maxNameWidth ? name : `${name.slice(0, maxNameWidth - 1)}~`;
  }

  #colourOf({ service, replica }: LogEntry): string {
    const key = `${service}/${replica}`;
    let index = this.#colours.get(key);
    if (index === undefined) {
      index = this.#next++;
      this.#colours.set(key, index);
      if (this.#colours.size > maxKnown) this.#colours.delete(this.#colours.keys().next().value ?? '');
    }
    return palette[index % palette.length] ?? '36';
  }
}

function paint(text: string, sgr: string): string {
  return `\x1b[${sgr}m${text}\x1b[0m`;
}

/** What tells the pods of one workload apart: `adder-6f7d9-x7k2p` → `x7k2p`. */
function shortName(pod: string): string {
  return pod.slice(pod.lastIndexOf('-') + 1);
}

function clockWidth(width: number): 8 | 12 {
  return width < namesFrom ? 8 : 12;
}

/** Local time of day, with ms where there is room; a line without a time leaves its place empty. */
function timeOf(at: string, width: 8 | 12): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return ' '.repeat(width);
  const time = clockTime(at);
  return width === 8 ? time : `${time}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}
