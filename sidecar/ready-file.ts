import { rmSync, writeFileSync } from 'node:fs';
import { messageOf } from '../src/core/error.ts';

/** The sidecar's readiness probe looks for a file; this keeps it in line with the state. */
export class ReadyFile {
  readonly #file: string;
  readonly #log: (line: string) => void;
  #there: boolean | undefined;

  constructor(file: string, log: (line: string) => void) {
    this.#file = file;
    this.#log = log;
  }

  set(ready: boolean): void {
    if (this.#there === ready) return;
    try {
      if (ready) writeFileSync(this.#file, '');
      else rmSync(this.#file, { force: true });
      this.#there = ready;
    } catch (thrown) {
      this.#log(`the ready file ${this.#file} cannot be kept: ${messageOf(thrown)}`);
    }
  }
}
