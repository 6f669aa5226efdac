import { type RunCommand, runKey, runTitle } from '../../src/core/run-command.ts';
import type { Journal } from '../journal/journal.ts';
import type { Restarter, RestarterResult } from '../restarters/restarter-link.ts';

/** The restarter ends a command that takes too long; this much later it is not believed to do so any more, ms. */
const deadlineSlackMs = 30_000;

/**
 * The run steps of one container: which of them the present life of it still owes. A later life owes all that ever
 * ran, because what they made went with the container.
 */
export class RunSteps {
  readonly #journal: Journal;
  readonly #log: (line: string) => void;
  #owed = new Map<string, RunCommand>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(journal: Journal, log: (line: string) => void) {
    this.#journal = journal;
    this.#log = log;
    this.#owe(journal.runs.filter(({ done }) => !done).map(({ run }) => run));
  }

  get owed(): readonly RunCommand[] {
    return [...this.#owed.values()];
  }

  /** @param fresh whether the app has not started in this life yet */
  begin(fresh: boolean): void {
    if (fresh) this.#owe(this.#journal.runs.map(({ run }) => run));
  }

  /** A batch that asks for them was committed. */
  take(runs: readonly RunCommand[]): void {
    this.#owe(runs);
  }

  /** Runs one, after what is running already; the journal remembers it when it ended with 0. */
  run(restarter: Restarter, run: RunCommand, onOutput?: (line: string) => void): Promise<RestarterResult> {
    return this.after(async () => {
      const key = runKey(run);
      const token = this.#owed.get(key);
      const { command, timeoutMs } = run;
      const request = { type: 'run', command, timeoutMs } as const;
      const result = await restarter.request(request, timeoutMs + deadlineSlackMs, onOutput);
      // A change that came meanwhile owes it again.
      if (result.ok && result.exitCode === 0 && this.#owed.get(key) === token) {
        this.#journal.ran(run);
        this.#owed.delete(key);
      }
      return result;
    });
  }

  /** What restarts the app waits for what runs. */
  after<Result>(work: () => Promise<Result>): Promise<Result> {
    const next = this.#last.then(work);
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Everything that is owed, in its order, until one fails. Returns whether none did. */
  async replay(restarter: Restarter): Promise<boolean> {
    for (const run of this.owed) {
      this.#log(`running ${runTitle(run)} again`);
      const result = await this.run(restarter, run);
      if (result.ok && result.exitCode === 0) continue;
      const why = result.ok
        ? `ended with ${result.exitCode}: ${result.tail?.join(' | ') ?? ''}`
        : result.message;
      this.#log(`${runTitle(run)} ${why}`);
      return false;
    }
    return true;
  }

  #owe(runs: readonly RunCommand[]): void {
    for (const run of runs) this.#owed.set(runKey(run), { ...run });
  }
}
