import { type RunCommand, runKey } from '../core/run-command.ts';

/** How one command went; `unknown`: the link or the container has gone, and the agent tells the next connection. */
export type RunOutcome = 'passed' | 'failed' | 'unknown';

/** The run steps that one container owes before its app may start again, each once however often it was asked for. */
export class RunDebt {
  readonly #owed = new Map<string, RunCommand>();
  #paying = false;

  owe(runs: readonly RunCommand[] = []): void {
    for (const run of runs) this.#owed.set(runKey(run), run);
  }

  /** What another life of the container owed is nobody's any more. */
  forgive(): void {
    this.#owed.clear();
  }

  get owed(): boolean {
    return this.#owed.size > 0;
  }

  /** Commands are under way. */
  get paying(): boolean {
    return this.#paying;
  }

  get settled(): boolean {
    return !this.#paying && this.#owed.size === 0;
  }

  /** Runs what is owed, one after the other, what comes meanwhile too. After one that fails the others are not run. */
  async pay(run: (command: RunCommand) => Promise<RunOutcome>): Promise<RunOutcome> {
    this.#paying = true;
    try {
      for (const [key, command] of this.#owed) {
        this.#owed.delete(key);
        const outcome = await run(command);
        if (outcome === 'failed') this.#owed.clear();
        if (outcome !== 'passed') return outcome;
      }
      return 'passed';
    } finally {
      this.#paying = false;
    }
  }
}
