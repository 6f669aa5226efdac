import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { KdevEvent } from '../../src/core/event.ts';
import { kdevEnv } from '../cluster/kdev.ts';
import { seeEvent } from '../events/valid-event.ts';

const executable = path.resolve(import.meta.dirname, '..', '..', 'bin', 'kdev');

type Named<T extends KdevEvent['event']> = Extract<KdevEvent, { event: T }>;

/** A `kdev test --json` that is still under way, and what it says. */
export class TestProcess {
  readonly events: KdevEvent[] = [];
  /** Its exit code. */
  readonly finished: Promise<number>;
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  #stderr = '';
  #exited = false;

  constructor(cwd: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, [executable, 'test', '--json', ...args], { cwd, env: kdevEnv() });
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) throw new Error('no output');
    createInterface({ input: stdout }).on('line', (line) => {
      const event = JSON.parse(line) as KdevEvent;
      seeEvent(event);
      this.events.push(event);
      this.#wake();
    });
    stderr.on('data', (chunk) => {
      this.#stderr += chunk;
    });
    this.finished = new Promise((resolve) => {
      this.#child.on('close', (code) => {
        this.#exited = true;
        this.#wake();
        resolve(code ?? -1);
      });
    });
  }

  get stderr(): string {
    return this.#stderr;
  }

  of<T extends KdevEvent['event']>(name: T): Named<T>[] {
    return this.events.filter((each): each is Named<T> => each.event === name);
  }

  /** `suite state`, in the order in which it was told. */
  get states(): readonly string[] {
    return this.of('test').map(({ suite, state }) => `${suite} ${state}`);
  }

  /** The first event of that name for which `fits` holds, of those after the first `from`. */
  async event<T extends KdevEvent['event']>(
    name: T,
    fits: (event: Named<T>) => boolean = () => true,
    from = 0,
  ): Promise<Named<T>> {
    for (;;) {
      const later = this.events.slice(from).filter((each): each is Named<T> => each.event === name);
      const found = later.find(fits);
      if (found) return found;
      if (this.#exited) {
        const tail = this.events.slice(-10).map((event) => JSON.stringify(event));
        throw new Error(`no such ${name} event\n${[...tail, this.#stderr].join('\n')}`);
      }
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          this.#listeners.delete(wake);
          resolve();
        };
        this.#listeners.add(wake);
      });
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  #wake(): void {
    for (const listener of [...this.#listeners]) listener();
  }
}
