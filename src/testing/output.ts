import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { stripVTControlCharacters } from 'node:util';
import type { Bus } from '../core/event.ts';
import type { TerminalSizes } from './run-in-container.ts';

/** Where the output of suites goes while they run. */
export interface SuiteOutput {
  /** Present: suites get a terminal. */
  readonly terminal?: TerminalSizes | undefined;
  /** Asks tools for colours though they have no terminal. */
  readonly colours: boolean;
  /** For one suite; both streams are ended before its verdict is told. */
  open(about: { readonly service: string; readonly suite: string; readonly replica: string }): {
    readonly stdout: Writable;
    readonly stderr: Writable;
  };
}

/** A tool that never ends its line is cut here. */
const maxLine = 64 * 1024;

/** As `log` events, one a line, for JSON lines and for screens. */
export function eventOutput(bus: Bus, colours: boolean): SuiteOutput {
  return {
    colours,
    open: (about) => {
      const emit = (line: string): void =>
        bus.emit({ event: 'log', ...about, source: 'test', line, at: new Date().toISOString() });
      return { stdout: lineWriter(emit), stderr: lineWriter(emit) };
    },
  };
}

/** Calls back with each line, without its newline, and with what is left at the end. */
export function lineWriter(onLine: (line: string) => void): Writable {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  return new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      const lines = (rest + decoder.write(chunk)).split(/\r?\n/);
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
      if (rest.length > maxLine) {
        onLine(rest);
        rest = '';
      }
      done();
    },
    final: (done) => {
      rest += decoder.end();
      if (rest !== '') onLine(rest);
      done();
    },
  });
}

/** Keeps the end of what passes by, for reports and for reasons. */
export class OutputTail {
  readonly #maxBytes: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes = 256 * 1024) {
    this.#maxBytes = maxBytes;
  }

  /** Hands everything on to a writer, which says when it is full. */
  through(writer: Writable): Writable {
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#keep(chunk);
        writer.write(chunk, () => done());
      },
      final: (done) => void writer.end(done),
    });
  }

  get text(): string {
    return stripVTControlCharacters(Buffer.concat(this.#chunks).toString('utf8')).replaceAll('\r\n', '\n');
  }

  get lastLine(): string {
    return this.text.trimEnd().split('\n').at(-1)?.trim() ?? '';
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    for (
      let [first] = this.#chunks;
      first && this.#bytes - first.length >= this.#maxBytes;
      [first] = this.#chunks
    ) {
      this.#chunks.shift();
      this.#bytes -= first.length;
    }
  }
}
