import type { Readable, Writable } from 'node:stream';
import type { Reporter } from '../core/reporter.ts';
import type { EventBus } from '../output/bus.ts';
import type { Style } from '../output/style.ts';

/** One subcommand: what `--help` says of it and what it does. Its file imports nothing heavy before `run`. */
export interface Command {
  /** `up`, or `box create` for one of a group. */
  readonly name: string;
  /** Positional arguments in commander's notation with what they mean. */
  readonly args?: readonly (readonly [syntax: string, meaning: string])[];
  /** One line for the list of commands. */
  readonly summary: string;
  /** More about it, for its own `--help`. */
  readonly description?: string;
  readonly options?: readonly (readonly [flags: string, meaning: string])[];
  /** Whole command lines, each with what it does. At least one. */
  readonly examples: readonly (readonly [line: string, meaning: string])[];
  /** Whether it works on a project (`--config`, `--env`, `--context`, `--namespace`). */
  readonly onProject: boolean;
  /**
   * `events`: what happens is the result, as lines for people or, with `--json`, as JSON lines on stdout.
   * `answer`: stdout holds the answer alone; what happens meanwhile is told on stderr.
   */
  readonly output: 'events' | 'answer';
  /** Name in `options` of the option with which it is `answer` all the same. */
  readonly answersWith?: string;
  /**
   * Does it. Resolves with the exit code when that is no failure of kdev's: 0 done, 1 the answer is no, or that of a
   * program that ran on the person's behalf.
   *
   * @throws KdevError; the signal's reason after an abort.
   */
  run(invocation: Invocation): Promise<number>;
}

/** One call of a command. */
export interface Invocation {
  readonly args: readonly string[];
  /** What stood after `--`; undefined when there was no `--`. */
  readonly rest: readonly string[] | undefined;
  readonly flags: CommonFlags;
  /** The command's own options by their camel-case names. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly signal: AbortSignal;
  readonly surroundings: Surroundings;
  readonly bus: EventBus;
  readonly reporter: Reporter;
  readonly style: Style;
  /** Writes a line of the answer to stdout. */
  answer(text: string): void;
  /** From now on nothing is told in lines, until the returned function is called. */
  hush(): () => void;
  /** Does what a signal of that name does. */
  interrupt(signalName: NodeJS.Signals): void;
  /** Gives the terminal, with its Ctrl-C, to a program or a remote shell until `use` is over. */
  foreground<T>(use: () => Promise<T>): Promise<T>;
}

export interface CommonFlags {
  readonly config?: string;
  readonly env?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly yes: boolean;
}

/** The process around a command. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: Readable & { readonly isTTY?: boolean; setRawMode?(on: boolean): unknown };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}
