import { constants } from 'node:os';

/** What the end of a suite's command says; `missing` and `killed` are no verdict. */
export type CommandEnd =
  | { readonly type: 'passed' }
  | { readonly type: 'failed'; readonly exitCode: number; readonly signal?: string }
  /** 126 and 127 of a shell and of the restarter: the program is not there or may not be run. */
  | { readonly type: 'missing'; readonly exitCode: number }
  /** By KILL, which neither kdev nor a tool sends itself. */
  | { readonly type: 'killed'; readonly exitCode: number };

const signalNames = new Map(Object.entries(constants.signals).map(([name, number]) => [number, name]));

/** Reads an exit code as a shell tells it: 128 + n for the end by signal n. */
export function endOf(exitCode: number): CommandEnd {
  if (exitCode === 0) return { type: 'passed' };
  if (exitCode === 126 || exitCode === 127) return { type: 'missing', exitCode };
  if (exitCode === 128 + constants.signals.SIGKILL) return { type: 'killed', exitCode };
  const signal = exitCode > 128 ? signalNames.get(exitCode - 128) : undefined;
  return { type: 'failed', exitCode, ...(signal !== undefined && { signal }) };
}

/** One end for several commands: red is red whatever else there is; then what could not run. */
export function worstEnd(ends: readonly CommandEnd[]): CommandEnd {
  const order = ['failed', 'killed', 'missing'] as const;
  for (const type of order) {
    const found = ends.find((end) => end.type === type);
    if (found) return found;
  }
  return { type: 'passed' };
}
