import type { TestCommand } from '../core/service.ts';

/** Asked for by most tools that look at no terminal: pytest, ruff, jest, cargo, anything with chalk or rich. */
const colourVariables = ['FORCE_COLOR=1', 'CLICOLOR_FORCE=1', 'PY_COLORS=1'];

/**
 * The program and arguments that run one command of a suite in the container. A command line goes to the container's
 * shell; a list is started as it is, and needs one only for `cwd` or `colours`.
 *
 * @param extra appended to the command, each as one word
 * @param colours asks for colours though there is no terminal
 */
export function argvOf(
  command: TestCommand,
  options: {
    readonly cwd?: string | undefined;
    readonly extra: readonly string[];
    readonly colours: boolean;
  },
): readonly string[] {
  const { cwd, extra, colours } = options;
  const preparation = [
    // A tool that asks something must not wait for an answer for ever.
    'exec </dev/null',
    ...(colours ? [`export ${colourVariables.join(' ')}`] : []),
    ...(cwd === undefined ? [] : [`cd -- ${quoted(cwd)} || exit 126`]),
  ].join('; ');
  if (typeof command === 'string') {
    const line = extra.length > 0 ? `${command} "$@"` : command;
    return ['sh', '-c', `${preparation}\n${line}`, 'sh', ...extra];
  }
  if (cwd === undefined && !colours) return [...command, ...extra];
  return ['sh', '-c', `${preparation}; exec "$@"`, 'sh', ...command, ...extra];
}

/** As a person would write it. */
export function showCommand(command: TestCommand): string {
  return typeof command === 'string'
    ? command
    : command.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : quoted(word))).join(' ');
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
