import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { goProgram } from '../src/artifacts/go-program.ts';
import { type ProvideOptions, provideArtifact } from '../src/artifacts/provide-artifact.ts';
import type { Until } from './cases.ts';

/** A series of the observer; times in ms. */
export interface Measured {
  readonly samples: readonly number[];
  /** Saves that did not arrive in time, or after which the app ran other code. */
  readonly missed: number;
  /** Commands that failed. */
  readonly failures: number;
  readonly lastFailure?: string;
  /** Times between two looks. */
  readonly looks: { readonly median: number; readonly max: number };
}

/** Containers as the observer sees them: for each replica a process that lives through restarts of the app. */
export interface Container {
  /** The first. */
  readonly pid: number;
  readonly pids: readonly number[];
}

/** What changes many files of a local tree at once; see `change` in bench/observer/bulk.go. */
export type BulkChange =
  | {
      readonly kind: 'burst';
      readonly path: string;
      readonly count: number;
      /** The clock starts when all of it has been saved. */
      readonly afterChange: boolean;
    }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string }
  | { readonly kind: 'remove' | 'patch'; readonly path: string }
  | {
      readonly kind: 'command';
      readonly command: readonly string[];
      /** A folder with what the tree is to hold afterwards. */
      readonly expect: string;
      /** The clock starts when the command has ended. */
      readonly afterChange: boolean;
    };

export interface BulkOptions {
  readonly container: Container;
  readonly change: BulkChange;
  /** What is synced, on this machine and in the container. */
  readonly localRoot: string;
  readonly root: string;
  /** Started after the change; none for what watches by itself. */
  readonly command: readonly string[];
  /** A file that is saved again and again meanwhile, below both roots. */
  readonly saved?: string;
}

export interface BulkMeasured {
  readonly ms: number;
  readonly changeMs: number;
  readonly paths: number;
  /** Paths that did not become what they were to be in time. */
  readonly missed: number;
  /** Of the saves meanwhile. */
  readonly samples: readonly number[];
  readonly failure?: string;
}

export interface SeriesOptions {
  readonly container: Container;
  readonly until: Until;
  /** Path of the saved file on this machine, and in the container. */
  readonly local: string;
  readonly file: string;
  readonly inPlace: boolean;
  /** Started after each save; none for what watches by itself. */
  readonly command: readonly string[];
  readonly saves: number;
  readonly pauseMs: readonly [number, number];
}

/** What is measured without kdev and without another way. */
type Calibration = Pick<SeriesOptions, 'container' | 'file' | 'saves' | 'pauseMs'>;

/** Not counted: the first saves find cold caches. */
const warmups = 5;
/** Saves of this size are measured, bytes. */
const saveBytes = 4096;
/** A save that has not arrived by then is lost, ms. */
const deadlineMs = 15_000;
const bulkDeadlineMs = 60_000;

/** The Go program of bench/observer as a child process. One request at a time. */
export class Observer {
  readonly #child: ChildProcess;
  readonly #answers: ((line: string) => void)[] = [];
  #ended = false;

  private constructor(program: string, env: NodeJS.ProcessEnv) {
    this.#child = spawn(program, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    if (this.#child.stdout === null) throw new Error('the observer has no output');
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#answers.shift()?.(line));
    this.#child.on('close', () => {
      this.#ended = true;
      for (const answer of this.#answers.splice(0)) answer('{"error":"the observer ended"}');
    });
  }

  /** Compiles it where the cache has none. */
  static async start(
    options: ProvideOptions & {
      readonly sourcesDir: string;
      /** Of the commands of a series. */
      readonly env: NodeJS.ProcessEnv;
    },
  ): Promise<Observer> {
    const name = 'bench-observer';
    const moduleDir = path.join(options.sourcesDir, 'observer');
    const recipe = await goProgram({
      name,
      moduleDir,
      announce: 'compiling the observer (6 MB; 10 seconds)',
    });
    return new Observer(path.join(await provideArtifact(recipe, options), name), options.env);
  }

  /** The apps of a run, one of each replica; the parent outlives restarts. @throws while there is none */
  async find(run: string): Promise<readonly { readonly pid: number; readonly parent: number }[]> {
    return (await this.#ask({ op: 'find', program: 'bench-app', variable: `BENCH_RUN=${run}` })) as {
      readonly pid: number;
      readonly parent: number;
    }[];
  }

  /** One change of many files, until the container has all of it. */
  async bulk({ container, saved, localRoot, root, ...others }: BulkOptions): Promise<BulkMeasured> {
    const beside =
      saved === undefined
        ? {}
        : { saves: 1, local: `${localRoot}/${saved}`, file: `${root}/${saved}`, pauseMs: [5, 30] };
    return (await this.#ask({
      op: 'bulk',
      ...container,
      ...others,
      ...beside,
      localRoot,
      root,
      bytes: saveBytes,
      deadlineMs: bulkDeadlineMs,
    })) as BulkMeasured;
  }

  /** Makes files of 1 KiB, a hundred in a folder, with content that is new each time. */
  async fill(path: string, count: number): Promise<void> {
    await this.#ask({ op: 'fill', change: { path, count } });
  }

  series({ container, ...options }: SeriesOptions): Promise<Measured> {
    const app = { program: 'bench-app', port: 8080, path: '/page' };
    const code = options.until === 'restarted' ? { codePath: '/code' } : {};
    return this.#measure({ op: 'series', ...app, ...code, ...options, ...container });
  }

  /** What looking adds to every figure of a series. */
  calibrate(options: Calibration & Pick<SeriesOptions, 'until'>): Promise<Measured> {
    const { container, ...others } = options;
    return this.#measure({ op: 'calibrate', port: 8080, path: '/page', ...others, ...container });
  }

  /** A draft of 1 KiB and its rename through the container's root. */
  writeThrough({ container, ...others }: Calibration): Promise<Measured> {
    return this.#measure({ op: 'write', ...others, pid: container.pid, bytes: 1024 });
  }

  /** 64 B there and back over one connection. */
  echo(options: Pick<SeriesOptions, 'saves' | 'pauseMs'> & { readonly address: string }): Promise<Measured> {
    return this.#measure({ op: 'echo', ...options, bytes: 64 });
  }

  /** How many files below `local` the container lacks or has with other content. */
  async countWrong(container: Container, local: string, file: string): Promise<number> {
    const { wrong } = (await this.#ask({ op: 'compare', pid: container.pid, local, file })) as {
      wrong: number;
    };
    return wrong;
  }

  async stop(): Promise<void> {
    if (this.#ended) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }

  async #measure(request: Readonly<Record<string, unknown>>): Promise<Measured> {
    return (await this.#ask({ bytes: saveBytes, deadlineMs, warmups, ...request })) as Measured;
  }

  async #ask(request: Readonly<Record<string, unknown>>): Promise<unknown> {
    if (this.#ended) throw new Error('the observer ended');
    const line = await new Promise<string>((resolve) => {
      this.#answers.push(resolve);
      this.#child.stdin?.write(`${JSON.stringify(request)}\n`);
    });
    const answer = JSON.parse(line) as { readonly error?: string };
    if (answer.error !== undefined) throw new Error(`observer: ${answer.error}`);
    return answer;
  }
}
