import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { KdevEvent } from '../../src/core/event.ts';
import { seeEvent, seeOutput } from '../events/valid-event.ts';

const executable = path.resolve(import.meta.dirname, '..', '..', 'bin', 'kdev');

export interface Finished {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

type Event = KdevEvent & { readonly time: string };
type Named<T extends KdevEvent['event']> = Extract<Event, { event: T }>;

/** The environment of every kdev that a test starts: the shared box, and nothing of the person's own. */
export function kdevEnv(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  return { ...process.env, KUBECONFIG: process.env['KDEV_TEST_KUBECONFIG'], NO_COLOR: '1', ...extra };
}

interface Place {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs one command of kdev to its end. */
export function runKdev(args: readonly string[], place: Place): Promise<Finished> {
  return startKdev(args, place).finished;
}

/** One command of kdev that may be interrupted. */
export function startKdev(
  args: readonly string[],
  { cwd, env }: Place,
): { readonly finished: Promise<Finished>; kill(signal: NodeJS.Signals): void } {
  const child = spawn(process.execPath, [executable, ...args], { cwd, env: kdevEnv(env) });
  const finished = new Promise<Finished>((resolve, reject) => {
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      seeOutput(args, stdout);
      resolve({ exitCode: code ?? -1, stdout, stderr });
    });
  });
  return { finished, kill: (signal) => void child.kill(signal) };
}

/** A `kdev watch --json` of its own, and what it says. */
export class Watching {
  readonly events: Event[] = [];
  readonly finished: Promise<number>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  #stderr = '';
  #exited = false;

  /** @param through a command that runs another one in its own place, such as `nsenter` */
  constructor(
    cwd: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    through: readonly string[] = [],
  ) {
    const [program = '', ...rest] = [...through, process.execPath, executable, 'watch', '--json', ...args];
    this.#child = spawn(program, rest, { cwd, env: kdevEnv(env) });
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) throw new Error('no output');
    createInterface({ input: stdout }).on('line', (line) => {
      const event = JSON.parse(line) as Event;
      seeEvent(event);
      this.events.push(event);
      this.#wake();
    });
    stderr.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    this.finished = new Promise((resolve) => {
      this.#child.on('close', (code, signal) => {
        this.#exited = true;
        this.#wake();
        resolve(code ?? (signal === 'SIGKILL' ? 137 : -1));
      });
    });
  }

  /** The first event of that name for which `test` holds, of those after the first `from`. */
  async event<T extends KdevEvent['event']>(
    name: T,
    test: (event: Named<T>) => boolean = () => true,
    options: { readonly from?: number; readonly deadlineMs?: number } = {},
  ): Promise<Named<T>> {
    const { from = 0, deadlineMs = 120_000 } = options;
    const end = Date.now() + deadlineMs;
    for (;;) {
      const found = this.events
        .slice(from)
        .find((each): each is Named<T> => each.event === name && test(each as Named<T>));
      if (found) return found;
      if (this.#exited || Date.now() > end) throw new Error(`no such ${name} event\n${this.#tail()}`);
      await this.#next(end - Date.now());
    }
  }

  /** Events of a name since a mark made by `events.length`. */
  since<T extends KdevEvent['event']>(mark: number, name: T): Named<T>[] {
    return this.events.slice(mark).filter((each): each is Named<T> => each.event === name);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ends it with Ctrl-C's signal and waits for that. */
  async stop(): Promise<number> {
    if (!this.#exited) this.signal('SIGINT');
    return this.finished;
  }

  #tail(): string {
    const lines = this.events.slice(-15).map((event) => JSON.stringify(event));
    return [...lines, this.#stderr.slice(-2_000)].join('\n');
  }

  #wake(): void {
    for (const listener of this.#listeners) listener();
  }

  #next(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#listeners.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      this.#listeners.add(finish);
    });
  }
}
