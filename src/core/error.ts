/** Whose fault an error is; the exit code follows from it (see `exitCodeOf`). */
export type Fault = 'user' | 'environment' | 'kdev';

/** Everything a person needs to get out of an error. All texts are sentences without a trailing newline. */
export interface ErrorFacts {
  /** Stable, kebab-case, for scripts; one heading in docs/errors.md. */
  readonly code: string;
  readonly fault: Fault;
  /** What happened, with the value that was received where there is one. */
  readonly what: string;
  /** Why it happened, as far as it is known. */
  readonly why?: string;
  /** What to do about it: a command, a line to change. */
  readonly cure?: string;
  /** Where it comes from: `file:line` or `file:line:column`. */
  readonly where?: string;
  /** The text that `where` points into, so that its lines can be shown. */
  readonly source?: SourcePlace;
  readonly cause?: unknown;
}

/** A place in a text; line and column count from 1. */
export interface SourcePlace {
  readonly text: string;
  readonly line: number;
  /** Absent = the whole line. */
  readonly column?: number;
}

/**
 * The only error kdev throws on purpose. Whatever else reaches the top is a bug of kdev's own and ends with
 * exit code 70.
 */
export class KdevError extends Error {
  readonly code: string;
  readonly fault: Fault;
  readonly what: string;
  readonly why: string | undefined;
  readonly cure: string | undefined;
  readonly where: string | undefined;
  readonly source: SourcePlace | undefined;

  constructor(facts: ErrorFacts) {
    super(facts.what, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = 'KdevError';
    this.code = facts.code;
    this.fault = facts.fault;
    this.what = facts.what;
    this.why = facts.why;
    this.cure = facts.cure;
    this.where = facts.where;
    this.source = facts.source;
  }
}

/** The exit code that says whose fault an error is: 2 the user's, 3 the environment's, 70 kdev's own. */
export function exitCodeOf(error: unknown): 2 | 3 | 70 {
  if (!(error instanceof KdevError)) return 70;
  switch (error.fault) {
    case 'user':
      return 2;
    case 'environment':
      return 3;
    case 'kdev':
      return 70;
    default:
      return error.fault satisfies never;
  }
}

/** Whether what was thrown is kdev's own error with that code. */
export function hasCode(thrown: unknown, code: string): thrown is KdevError {
  return thrown instanceof KdevError && thrown.code === code;
}

/** For a promise's `catch`: an error with that code is no error but means `value`; whatever else was thrown goes on. */
export function meaning<Value>(code: string, value: Value): (thrown: unknown) => Value {
  return (thrown) => {
    if (hasCode(thrown, code)) return value;
    throw thrown;
  };
}

/** The message of anything that was thrown, for a `why`. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
