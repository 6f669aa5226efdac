import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { KdevEvent, SyncStages } from '../src/core/event.ts';
import type { Place } from './place.ts';

/** The longest that bringing everything up may take, ms. */
const readyMs = 300_000;
const stopMs = 20_000;

/** What tells events apart. */
type EventFacts = Pick<KdevEvent, 'event'> & { readonly state?: unknown };

/** `kdev watch --json` as a child process. */
export class KdevWatch {
  readonly #child: ChildProcess;
  readonly #ended: Promise<void>;
  readonly #tail: string[] = [];
  #over = false;
  #ready = false;
  #stages: SyncStages[] = [];
  #awaited: { readonly matches: (event: EventFacts) => boolean; readonly resolve: (at: number) => void }[] =
    [];
  /** When a step began, as it says itself. */
  readonly #steps: { readonly text: string; readonly at: number }[] = [];
  #wake: () => void = () => undefined;

  constructor(
    place: Place,
    options: { readonly project: string; readonly namespace: string; readonly profile?: string },
  ) {
    const { project, namespace, profile } = options;
    const node =
      profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-interval=200', `--cpu-prof-dir=${profile}`];
    const flags = ['--context', place.box.contextName, '--namespace', namespace];
    const args = [...node, path.join(place.root, 'bin', 'kdev'), 'watch', '--json', '--yes', ...flags];
    this.#child = spawn(process.execPath, args, {
      cwd: project,
      env: place.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const { stdout, stderr } = this.#child;
    if (stdout === null || stderr === null) throw new Error('kdev watch has no output');
    createInterface({ input: stdout }).on('line', (line) => this.#hear(line));
    createInterface({ input: stderr }).on('line', (line) => this.#remember(line));
    this.#ended = new Promise((resolve) => {
      this.#child.on('close', () => {
        this.#over = true;
        this.#wake();
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when every replica has every file and its app runs. */
  async ready(): Promise<void> {
    const deadline = Date.now() + readyMs;
    while (!this.#ready) {
      if (this.#over) throw new Error(`kdev watch ended\n${this.#tail.join('\n')}`);
      if (Date.now() > deadline) throw new Error(`kdev watch is not ready\n${this.#tail.join('\n')}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** When an event of that kind comes, in the clock of `performance.now()`. */
  next(matches: (event: EventFacts) => boolean): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#awaited.push({ matches, resolve });
      void this.#ended.then(() => reject(new Error(`kdev watch ended\n${this.#tail.join('\n')}`)));
    });
  }

  /** How long it read the tree before it did anything else, ms. */
  get scanMs(): number {
    const scan = this.#steps.findIndex(({ text }) => text === 'reading the source tree');
    return (this.#steps[scan + 1]?.at ?? Number.NaN) - (this.#steps[scan]?.at ?? Number.NaN);
  }

  /** kdev's own account of the saves since this was called last. */
  takeStages(): readonly SyncStages[] {
    const stages = this.#stages;
    this.#stages = [];
    return stages;
  }

  async stop(): Promise<void> {
    if (this.#over) return;
    this.#child.kill('SIGINT');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), stopMs);
    await this.#ended;
    clearTimeout(timer);
  }

  #hear(line: string): void {
    this.#remember(line);
    const event = JSON.parse(line) as KdevEvent & { readonly time: string };
    const met = this.#awaited.filter(({ matches }) => matches(event));
    this.#awaited = this.#awaited.filter((each) => !met.includes(each));
    for (const { resolve } of met) resolve(performance.now());
    if (event.event === 'step') this.#steps.push({ text: event.text, at: Date.parse(event.time) });
    if (event.event === 'synced') this.#stages.push(event.stages);
    if (event.event === 'ready') {
      this.#ready = true;
      this.#wake();
    }
  }

  #remember(line: string): void {
    this.#tail.push(line);
    if (this.#tail.length > 20) this.#tail.shift();
  }
}
