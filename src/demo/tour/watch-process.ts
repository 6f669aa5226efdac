import type { ChildProcess } from 'node:child_process';
import { splitLines } from '../../artifacts/split-lines.ts';
import type { KdevEvent } from '../../core/event.ts';
import { endOfKdev, type KdevEnd, startKdev } from '../kdev-process.ts';

type EventOf<Name extends KdevEvent['event']> = Extract<KdevEvent, { event: Name }>;

interface Waiter {
  readonly look: () => boolean;
  readonly fail: (why: string) => void;
}

/** `kdev watch --json` as a child process, read the way any script would read it. */
export class WatchProcess {
  readonly events: KdevEvent[] = [];
  readonly #child: ChildProcess;
  readonly #end: Promise<KdevEnd>;
  readonly #tail: string[] = [];
  readonly #waiters = new Set<Waiter>();
  /** Why no further event is to be expected. */
  #over: string | undefined;

  constructor(options: {
    /** @default `bin/kdev` of this project */
    readonly command?: string;
    readonly cwd: string;
    readonly flags: readonly string[];
    /** Every line kdev says, for `--verbose`. */
    readonly onLine: (line: string) => void;
  }) {
    const remember = (line: string): void => {
      this.#tail.push(line);
      if (this.#tail.length > 20) this.#tail.shift();
      options.onLine(line);
    };
    this.#child = startKdev({
      ...(options.command === undefined ? {} : { command: options.command }),
      args: ['watch', '--json', ...options.flags],
      cwd: options.cwd,
      output: remember,
    });
    this.#end = endOfKdev(this.#child);
    if (this.#child.stdout !== null) {
      splitLines(this.#child.stdout.setEncoding('utf8'), (line) => {
        remember(line);
        this.#hear(line);
      });
    }
    void this.#end.then(
      ({ code, signal }) => this.#stopWaiting(`kdev watch ended with ${code ?? signal}`),
      (error: Error) => this.#stopWaiting(`kdev watch did not start: ${error.message}`),
    );
  }

  /**
   * The first event at or after index `from` that fits; rejects with what kdev said last when it does not come in
   * time or kdev ends.
   */
  waitFor<Name extends KdevEvent['event']>(wanted: {
    readonly event: Name;
    readonly from: number;
    readonly fits?: (event: EventOf<Name>) => boolean;
    readonly withinMs: number;
    readonly what: string;
  }): Promise<EventOf<Name>> {
    return new Promise((resolve, reject) => {
      const find = (): EventOf<Name> | undefined =>
        this.events
          .slice(wanted.from)
          .filter((event): event is EventOf<Name> => event.event === wanted.event)
          .find((event) => wanted.fits?.(event) ?? true);
      const waiter: Waiter = {
        look: () => {
          const found = find();
          if (found !== undefined) settle(() => resolve(found));
          return found !== undefined;
        },
        fail: (why) =>
          settle(() => reject(new Error(this.explain(`${why} while waiting for ${wanted.what}`)))),
      };
      const timer = setTimeout(
        () => waiter.fail(`nothing for ${Math.round(wanted.withinMs / 1000)} s`),
        wanted.withinMs,
      );
      const settle = (answer: () => void): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        answer();
      };
      this.#waiters.add(waiter);
      if (!waiter.look() && this.#over !== undefined) waiter.fail(this.#over);
    });
  }

  /** `what`, followed by the problems that stand and by kdev's last lines. */
  explain(what: string): string {
    const problems = new Map<string, string>();
    for (const event of this.events) {
      if (event.event !== 'problem') continue;
      if (event.resolved) problems.delete(event.key);
      else problems.set(event.key, `${event.code}: ${event.message}`);
    }
    const standing = [...problems.values()].map((problem) => `  problem ${problem}`);
    return [what, ...standing, "kdev's last lines:", ...this.#tail.map((line) => `  ${line}`)].join('\n');
  }

  /** Ends it as Ctrl-C does; kills it when it has not ended after 20 s, which is an error. */
  async stop(): Promise<KdevEnd> {
    this.#child.kill('SIGINT');
    let killed = false;
    const timer = setTimeout(() => {
      killed = true;
      // With whatever it started: a child that outlives it would hold its output open.
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    }, 20_000);
    try {
      const end = await this.#end;
      if (killed) throw new Error(this.explain('kdev watch had not ended 20 s after SIGINT'));
      return end;
    } finally {
      clearTimeout(timer);
    }
  }

  #hear(line: string): void {
    let event: KdevEvent;
    try {
      event = JSON.parse(line) as KdevEvent;
    } catch {
      this.#stopWaiting(`kdev watch --json printed a line that is no JSON: ${line}`);
      return;
    }
    this.events.push(event);
    for (const waiter of [...this.#waiters]) waiter.look();
  }

  #stopWaiting(why: string): void {
    this.#over ??= why;
    for (const waiter of [...this.#waiters]) waiter.fail(why);
  }
}
