import type { Reporter } from '../core/reporter.ts';

/** What one line of `buildctl --progress=rawjson` says (BuildKit's client.SolveStatus). */
export interface SolveStatus {
  readonly vertexes?: readonly {
    readonly digest: string;
    readonly name?: string;
    readonly started?: string;
    readonly completed?: string;
    readonly cached?: boolean;
    readonly error?: string;
  }[];
  /** `short` is base64. */
  readonly warnings?: readonly { readonly vertex: string; readonly short: string }[];
  readonly logs?: readonly { readonly vertex: string; readonly data: string; readonly timestamp?: string }[];
}

/** The step that ended a build. */
export interface FailedStep {
  /** As BuildKit names it: `[dev 3/5] RUN pip install -r requirements.txt`. */
  readonly name: string;
  readonly error: string;
  readonly lastLines: readonly string[];
}

const keptLines = 20;

/** Layers to start with may be absent or of no use; the build goes on without. */
function isOptional(name: string | undefined): boolean {
  return name?.startsWith('importing cache manifest') ?? false;
}

/** Follows one build's progress: says the steps as they begin and what they print, keeps what a failure needs. */
export class BuildProgress {
  readonly #reporter: Reporter;
  readonly #onLine: (line: string, at: string) => void;
  readonly #conceal: (text: string) => string;
  readonly #prefix: string;
  readonly #names = new Map<string, string>();
  readonly #said = new Set<string>();
  readonly #lines = new Map<string, { readonly lines: string[]; rest: string }>();
  #failed: { readonly vertex: string; readonly error: string } | undefined;

  /** @param options.onLine told each step and each line that a step prints, with its time (RFC 3339, or empty) */
  constructor(options: {
    readonly reporter: Reporter;
    readonly service: string;
    readonly onLine: (line: string, at: string) => void;
    /** Blackens what is secret. @default nothing is */
    readonly conceal?: (text: string) => string;
  }) {
    this.#reporter = options.reporter;
    this.#onLine = options.onLine;
    this.#conceal = options.conceal ?? ((text) => text);
    this.#prefix = `building ${options.service}:`;
  }

  take(status: SolveStatus): void {
    for (const { digest, name, started, cached, error } of status.vertexes ?? []) {
      if (name !== undefined) this.#names.set(digest, name);
      // A cancelled step ends with an error too; the first one is the cause.
      if (error && !isOptional(name)) this.#failed ??= { vertex: digest, error };
      if (started === undefined || this.#said.has(digest)) continue;
      this.#said.add(digest);
      const text = `${this.#prefix} ${name ?? digest}`;
      if (cached || isOptional(name) || name?.startsWith('[internal]')) this.#reporter.detail(text);
      else {
        this.#reporter.step(text);
        this.#onLine(name ?? digest, started);
      }
    }
    for (const { short } of status.warnings ?? [])
      this.#onLine(`warning: ${Buffer.from(short, 'base64').toString('utf8')}`, '');
    for (const { vertex, data, timestamp } of status.logs ?? [])
      this.#log(vertex, Buffer.from(data, 'base64').toString('utf8'), timestamp ?? '');
  }

  get failed(): FailedStep | undefined {
    if (!this.#failed) return undefined;
    const { vertex, error } = this.#failed;
    const log = this.#lines.get(vertex);
    const lastLines = log
      ? [...log.lines, this.#conceal(log.rest)].filter((line) => line !== '').slice(-keptLines)
      : [];
    return { name: this.#names.get(vertex) ?? vertex, error: this.#conceal(error), lastLines };
  }

  #log(vertex: string, text: string, at: string): void {
    const log = this.#lines.get(vertex) ?? { lines: [], rest: '' };
    this.#lines.set(vertex, log);
    const parts = (log.rest + text).split(/\r?\n|\r/);
    log.rest = parts.pop() ?? '';
    for (const part of parts) {
      const line = this.#conceal(part);
      if (line === '') continue;
      this.#onLine(line, at);
      log.lines.push(line);
      if (log.lines.length > keptLines) log.lines.shift();
    }
  }
}
