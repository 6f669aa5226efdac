import { Command as Commander, type CommanderError } from 'commander';
import { KdevError } from '../core/error.ts';
import type { Command, CommonFlags } from './command.ts';
import { commands } from './commands/all.ts';

/** What a command line asks for. */
export type Request =
  | {
      readonly type: 'run';
      readonly command: Command;
      readonly args: readonly string[];
      readonly rest: readonly string[] | undefined;
      readonly flags: CommonFlags;
      readonly options: Readonly<Record<string, unknown>>;
    }
  /** Help or the version was asked for. */
  | { readonly type: 'text'; readonly text: string };

/**
 * Reads a command line (without `node` and the script). Does nothing else: no file is read, no command runs.
 *
 * @throws KdevError `usage`, with what to type for help.
 */
export function readCommandLine(argv: readonly string[], version: string): Request {
  const end = argv.indexOf('--');
  const before = end === -1 ? argv : argv.slice(0, end);
  const rest = end === -1 ? undefined : argv.slice(end + 1);
  let request: Request | undefined;
  let text = '';
  const program = makeProgram(version, (command, args, options) => {
    request = { type: 'run', command, args, rest, flags: flagsOf(options), options };
  });
  const output = {
    writeOut: (out: string) => {
      text += out;
    },
    // Commander's own words for an error; they come again in what is thrown.
    outputError: () => undefined,
    writeErr: () => undefined,
  };
  for (const each of [program, ...program.commands, ...program.commands.flatMap((group) => group.commands)]) {
    each.configureOutput(output).exitOverride();
  }
  try {
    program.parse(before.length === 0 ? ['--help'] : [...before], { from: 'user' });
  } catch (thrown) {
    const error = thrown as CommanderError;
    if (error.exitCode !== 0) throw usageError(error, before);
  }
  return request ?? { type: 'text', text };
}

type Take = (command: Command, args: readonly string[], options: Readonly<Record<string, unknown>>) => void;

function makeProgram(version: string, take: Take): Commander {
  const program = new Commander('kdev')
    .description(
      'The inner loop for Kubernetes: a save is live in the running container within milliseconds.',
    )
    .usage('COMMAND [options]')
    .version(version, '-V, --version', 'print the version')
    .helpCommand(false)
    .enablePositionalOptions()
    .configureHelp({ subcommandTerm: (command) => command.name(), showGlobalOptions: false })
    .addHelpText('after', '\nExample:\n  kdev watch\n\nMore about a command: kdev COMMAND --help');
  for (const command of commands) addCommand(program, command, take);
  return program;
}

const groups: Readonly<Record<string, string>> = {
  box: 'whole Kubernetes clusters on this machine, isolated from each other',
};

function addCommand(program: Commander, command: Command, take: Take): void {
  const [first = '', second] = command.name.split(' ');
  const parent =
    second === undefined
      ? program
      : (program.commands.find((known) => known.name() === first) ??
        program
          .command(first)
          .description(groups[first] ?? '')
          .usage('COMMAND [options]')
          .helpCommand(false)
          .configureHelp({ subcommandTerm: (sub) => sub.name() }));
  const made = parent
    .command(second ?? first)
    .summary(command.summary)
    .description(command.description ?? `${command.summary}.`);
  for (const [syntax, meaning] of command.args ?? []) made.argument(syntax, meaning);
  made.configureHelp({ optionTerm: ({ flags }) => flags.replace(/[<>]/g, '') });
  for (const [flags, meaning] of command.options ?? []) made.option(withValue(flags), meaning);
  if (command.onProject) {
    made
      .option('--config <FILE>', 'the dev.config.ts to use (default: found from here upwards)')
      .option('--env <NAME>', 'environment of the configuration (default: local, or the only one)')
      .option('--context <NAME>', "context of your kubeconfig, instead of the environment's")
      .option('--namespace <NAME>', "namespace, instead of the environment's");
  }
  made
    .option('--json', command.output === 'events' ? 'JSON lines on stdout' : 'the answer as JSON')
    .option('--verbose', 'also what tools print, and stacks of errors')
    .option('--yes', 'answer yes to every question')
    .addHelpText('after', () => examplesOf(command))
    .action(() => take(command, made.args, made.opts()));
}

/** `--tail LINES` in commander's notation, `--tail <LINES>`. */
function withValue(flags: string): string {
  return flags.replace(/ ([A-Z]+)$/, ' <$1>');
}

function examplesOf({ examples }: Command): string {
  const width = Math.max(...examples.map(([line]) => line.length));
  const lines = examples.map(([line, meaning]) => `  ${line.padEnd(width)}   ${meaning}`);
  return `\nExample${examples.length === 1 ? '' : 's'}:\n${lines.join('\n')}`;
}

function flagsOf(options: Readonly<Record<string, unknown>>): CommonFlags {
  const text = (name: string): string | undefined => {
    const value = options[name];
    return typeof value === 'string' ? value : undefined;
  };
  const [config, env, context, namespace] = ['config', 'env', 'context', 'namespace'].map(text);
  return {
    ...(config !== undefined && { config }),
    ...(env !== undefined && { env }),
    ...(context !== undefined && { context }),
    ...(namespace !== undefined && { namespace }),
    json: options['json'] === true,
    verbose: options['verbose'] === true,
    yes: options['yes'] === true,
  };
}

function usageError(error: CommanderError, argv: readonly string[]): KdevError {
  const [first = '', second = ''] = argv.filter((arg) => !arg.startsWith('-'));
  const known = commands.map(({ name }) => name);
  const asked = [`${first} ${second}`, first].find((name) =>
    known.some((other) => other === name || other.startsWith(`${name} `)),
  );
  const words = error.code === 'commander.help' ? 'a command is missing' : error.message;
  const [what = '', ...hint] = words
    .replace(/^error: /, '')
    .trim()
    .split('\n');
  const help = `kdev ${asked === undefined || asked.trim() === '' ? '' : `${asked.trim()} `}--help`;
  return new KdevError({
    code: 'usage',
    fault: 'user',
    what: `${what.charAt(0).toUpperCase()}${what.slice(1)}.`.replace(/\.\.$/, '.'),
    ...(hint.length > 0 && { why: hint.join(' ').replace(/^\((.*)\)$/, '$1') }),
    cure: `See ${help}.`,
  });
}
