import type { Command } from '../command.ts';

export const exec: Command = {
  name: 'exec',
  args: [
    ['[SERVICE]', 'may be left out where there is only one'],
    ['[COMMAND...]', 'what to run; after -- when it has options of its own'],
  ],
  summary: 'run a command in an app container',
  description:
    'Ends with the exit code of the command. On a terminal the command gets one too; else its standard input is empty ' +
    'unless --stdin is given. When kdev ends, the command and everything it started end with it.',
  options: [
    ['--replica POD', 'which one (default: a ready one)'],
    ['-i, --stdin', 'pass standard input on'],
    ['-T, --no-tty', 'no terminal for the command, even when there is one here'],
  ],
  examples: [
    ['kdev exec -- python -V', 'in the only service'],
    ['kdev exec adder -- pytest -q', 'in one of several'],
    ['kdev exec adder sh', 'a shell'],
  ],
  onProject: true,
  output: 'answer',
  run: async (invocation) => {
    const { execArguments } = await import('../exec-arguments.ts');
    const { openProject } = await import('../open-project.ts');
    const { openCluster } = await import('../open-cluster.ts');
    const { chooseService } = await import('../../config/choose-services.ts');
    const { chooseReplica } = await import('../replicas.ts');
    const { execInReplica } = await import('../exec-in-replica.ts');
    const { options, signal, surroundings, foreground } = invocation;
    const { serviceName, command } = execArguments(invocation);
    const { project, environment } = await openProject(invocation);
    const service = chooseService(project, serviceName);
    const { cluster } = await openCluster(environment, invocation, false);
    const { namespace } = environment;
    const replica = typeof options['replica'] === 'string' ? options['replica'] : undefined;
    const { pod, container } = await chooseReplica({ cluster, namespace, service, signal, replica });
    const { stdin, stdout } = surroundings;
    const tty = options['tty'] !== false && stdin.isTTY === true && stdout.isTTY === true;
    const run = () =>
      execInReplica({
        ...{ cluster, namespace, pod, container, command, tty, signal, surroundings },
        stdin: tty || options['stdin'] === true,
      });
    return tty ? foreground(run) : run();
  },
};
