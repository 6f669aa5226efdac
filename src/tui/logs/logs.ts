import { textWidth } from './character-width.ts';
import type { LogEntry } from './log-entry.ts';
import { LogLines } from './log-lines.ts';
import { LogPrefix } from './log-prefix.ts';
import { LineLayout } from './log-row.ts';
import type { LogStore } from './log-store.ts';
import { LogWindow } from './log-window.ts';
import { type PressedKey, promptKey } from './text-prompt.ts';

interface Prompt {
  readonly kind: 'search' | 'filter';
  readonly text: string;
}

/**
 * What a person sees of a log store, and what their keys do to it. It draws rows of text; whoever shows them decides
 * when. What drawing costs goes with the lines on screen and with those that came since the last time.
 */
export class Logs {
  readonly store: LogStore;
  readonly #lines: LogLines;
  readonly #window: LogWindow;
  /** The match that `n` goes on from. */
  #current: LogEntry | undefined;
  #prompt: Prompt | undefined;

  constructor(store: LogStore) {
    this.store = store;
    const layout = new LineLayout();
    this.#lines = new LogLines(store, layout);
    this.#window = new LogWindow({ lines: this.#lines, layout, prefix: new LogPrefix(store) });
  }

  /** A prompt is open: every key belongs to it. */
  get typing(): boolean {
    return this.#prompt !== undefined;
  }

  /** Whose lines these are, how many, and how they are shown. */
  get title(): string {
    this.#lines.update();
    const { service, source, shown } = this.#lines;
    const count = shown.end - shown.first;
    const sideways = this.#window.aside > 0 ? `from column ${this.#window.aside + 1}` : 'not wrapped';
    return [
      `logs ${service ?? 'of all services'}`,
      ...(source === undefined ? [] : [source]),
      `${count} ${count === 1 ? 'line' : 'lines'}`,
      ...(this.#standing === undefined ? ['following'] : []),
      ...(this.#window.wrap ? [] : [sideways]),
    ].join(' · ');
  }

  /** Calls `changed` whenever lines came; the returned function ends that. */
  onChange(changed: () => void): () => void {
    return this.store.subscribe(changed);
  }

  /** Shows one service's lines, or those of all; after `m` it is all of them anyhow. */
  show(service: string | undefined): void {
    if (this.#lines.choose(service)) this.#window.refit();
  }

  /**
   * `height` rows of at most `width` cells. The last one tells of search and filter and why it does not follow, where
   * there is something of that.
   */
  draw(width: number, height: number): readonly string[] {
    this.#lines.update();
    const status = height > 1 ? this.#status(width) : undefined;
    const rows = this.#window.draw(width, status === undefined ? height : height - 1);
    return status === undefined ? rows : [...rows, status];
  }

  /** Does what a key is for; true when it is one of this panel's. */
  press(key: PressedKey): boolean {
    if (this.#prompt) {
      this.#pressInPrompt(this.#prompt, key);
      return true;
    }
    switch (key.name) {
      case 'up':
        this.#window.scroll(-1);
        return true;
      case 'down':
        this.#window.scroll(1);
        return true;
      case 'pageup':
        this.#window.scrollPage(-1);
        return true;
      case 'pagedown':
        this.#window.scrollPage(1);
        return true;
      case 'home':
        this.#window.toFirst();
        return true;
      case 'end':
        this.#follow();
        return true;
      case 'left':
        return this.#window.goAside(-1);
      case 'right':
        return this.#window.goAside(1);
      case 'escape':
        return this.#escape();
      case 'ctrl':
        return this.#pressCtrl(key.text);
      case 'text':
        return this.#pressLetter(key.text);
      default:
        return false;
    }
  }

  #pressCtrl(letter: string): boolean {
    const direction = { u: -1, b: -1, d: 1, f: 1 }[letter];
    if (direction !== undefined) this.#window.scrollPage(direction === 1 ? 1 : -1);
    return direction !== undefined;
  }

  #pressLetter(letter: string): boolean {
    const does: Readonly<Record<string, () => void>> = {
      j: () => this.#window.scroll(1),
      k: () => this.#window.scroll(-1),
      g: () => this.#window.toFirst(),
      G: () => this.#follow(),
      h: () => void this.#window.goAside(-1),
      l: () => void this.#window.goAside(1),
      w: () => this.#window.toggleWrap(),
      T: () => this.#window.toggleTimestamps(),
      n: () => this.#nextMatch(1),
      N: () => this.#nextMatch(-1),
      f: () => (this.#window.following ? this.#window.stay() : this.#follow()),
      ' ': () => this.#holdOrRelease(),
      v: () => this.#change(() => this.#lines.nextSource()),
      m: () => this.#change(() => this.#lines.toggleMerged()),
      C: () => {
        this.#change(() => this.#lines.clear());
        this.#window.follow();
      },
      '/': () => {
        this.#prompt = { kind: 'search', text: '' };
      },
      '&': () => {
        this.#prompt = { kind: 'filter', text: this.#lines.filter };
      },
    };
    does[letter]?.();
    return does[letter] !== undefined;
  }

  #pressInPrompt({ kind, text }: Prompt, key: PressedKey): void {
    const outcome = promptKey(text, key);
    this.#prompt = outcome.type === 'open' ? { kind, text: outcome.text } : undefined;
    if (kind === 'search') {
      const wanted = outcome.type === 'cancelled' ? '' : outcome.text;
      if (wanted !== (this.#lines.search?.text ?? '')) {
        this.#current = undefined;
        this.#lines.searchFor(wanted);
      }
      if (outcome.type === 'entered') this.#firstMatch();
    } else if (outcome.type === 'entered') this.#change(() => this.#lines.filterBy(outcome.text));
  }

  #escape(): boolean {
    const { search, filter } = this.#lines;
    if (!search && filter === '') return false;
    this.#current = undefined;
    this.#lines.searchFor('');
    if (filter !== '') this.#change(() => this.#lines.filterBy(''));
    return true;
  }

  #change(change: () => void): void {
    change();
    this.#window.refit();
  }

  #follow(): void {
    this.#lines.release();
    this.#window.follow();
  }

  #holdOrRelease(): void {
    if (this.#lines.heldBack === undefined) this.#lines.hold();
    else this.#lines.release();
  }

  /** The last one on screen or above it, else the first below: what one searches has mostly just been printed. */
  #firstMatch(): void {
    const { matches } = this.#lines;
    if (!matches) return;
    matches.update();
    const behind = matches.ordinalOf((this.#window.lastShown?.seq ?? -1) + 1);
    this.#goTo(matches.at(behind - 1) ?? matches.at(behind));
  }

  /** Round and round. */
  #nextMatch(direction: 1 | -1): void {
    const { matches } = this.#lines;
    if (!matches) return;
    matches.update();
    const from = this.#current?.seq;
    if (from === undefined) {
      this.#firstMatch();
      return;
    }
    const ordinal = matches.ordinalOf(from);
    const isHere = matches.at(ordinal)?.seq === from;
    const next = direction === -1 ? ordinal - 1 : isHere ? ordinal + 1 : ordinal;
    this.#goTo(matches.at(next) ?? matches.at(direction === 1 ? matches.first : matches.end - 1));
  }

  #goTo(entry: LogEntry | undefined): void {
    if (!entry) return;
    this.#current = entry;
    this.#window.show(entry);
  }

  /** The prompt, or what is searched, filtered and held; undefined when there is nothing of it. */
  #status(width: number): string | undefined {
    const { search, filter } = this.#lines;
    const found = search === undefined ? '' : this.#foundText();
    if (this.#prompt) {
      const { kind, text } = this.#prompt;
      const note = kind === 'search' && found !== '' ? `  ${found}` : '';
      const sign = kind === 'search' ? '/' : '&';
      return `${sign}${lastCells(text, width - note.length - 2)}\x1b[7m \x1b[0m\x1b[2m${note}\x1b[0m`;
    }
    const standing = this.#standing;
    if (search === undefined && filter === '' && standing === undefined) return undefined;
    const parts = [
      ...(standing === undefined ? [] : [standing]),
      ...(search === undefined ? [] : [`/${search.text} ${found}`]),
      ...(filter === '' ? [] : [`&${filter}`]),
      ...(search === undefined && filter === '' ? [] : ['Esc ends it']),
    ];
    return `\x1b[2m${firstCells(parts.join(' · '), width)}\x1b[0m`;
  }

  /** Why new lines are not seen; undefined when they are. */
  get #standing(): string | undefined {
    const { heldBack } = this.#lines;
    if (heldBack !== undefined) return `paused, ${heldBack} new: space goes on`;
    return this.#window.following ? undefined : 'scrolled: G follows';
  }

  #foundText(): string {
    const { matches } = this.#lines;
    const count = matches ? matches.end - matches.first : 0;
    if (!matches || count === 0) return 'no match';
    if (this.#current === undefined) return `${count} ${count === 1 ? 'match' : 'matches'}`;
    return `${matches.ordinalOf(this.#current.seq) - matches.first + 1} of ${count}`;
  }
}

function firstCells(text: string, room: number): string {
  let kept = text;
  while (kept !== '' && textWidth(kept) > room) kept = [...kept].slice(0, -1).join('');
  return kept;
}

function lastCells(text: string, room: number): string {
  let kept = text;
  while (kept !== '' && textWidth(kept) > room) kept = [...kept].slice(1).join('');
  return kept;
}
