import { readFileSync } from 'node:fs';
import { lookAt } from '../tree/look.ts';

/** Lies in the project's root. */
export const defaultIgnoreFile = '.kdevignore';

/** The project's own ignore file, as it is on disk. */
export class IgnoreFile {
  readonly name: string;
  readonly #path: string;
  #text: string;

  constructor(root: string, name: string) {
    this.name = name;
    this.#path = `${root}/${name}`;
    this.#text = this.#read() ?? '';
  }

  get text(): string {
    return this.#text;
  }

  /** `empty`: it says nothing any more, which counts when `final`: an editor may be about to write it. */
  reload(final: boolean): 'same' | 'changed' | 'empty' {
    const text = this.#read() ?? this.#text;
    if (text === this.#text) return 'same';
    if (text === '' && !final) return 'empty';
    this.#text = text;
    return 'changed';
  }

  /** Undefined: it is there and cannot be read, so the rules stay as they were. */
  #read(): string | undefined {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch {
      return lookAt(this.#path).type === 'missing' ? '' : undefined;
    }
  }
}
