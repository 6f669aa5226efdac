/** A command that runs in the app container, such as an install of dependencies. */
export interface RunCommand {
  /** Program and arguments; a text that a person wrote has become one for `sh -c`. */
  readonly command: readonly string[];
  /** When it is ended, ms. */
  readonly timeoutMs: number;
}

/** How a command ended. */
export interface Ran {
  /** 128 + n for one that signal n ended. */
  readonly exitCode: number;
  readonly timedOut: boolean;
  /** What it printed last, at most 20 lines. */
  readonly tail: readonly string[];
  readonly ms: number;
}

/** Commands are told apart by what they do, not by how long they may take. */
export function runKey({ command }: RunCommand): string {
  return JSON.stringify(command);
}

/** As a person would have written it. */
export function runTitle({ command }: RunCommand): string {
  return command[0] === 'sh' && command[1] === '-c' && command.length === 3
    ? (command[2] ?? '')
    : command.join(' ');
}
