import type { Command } from '../command.ts';

export const shell: Command = {
  name: 'shell',
  args: [['[SERVICE]', 'may be left out where there is only one']],
  summary: 'a shell in an app container',
  description:
    'Opens bash, or sh where there is none, in the app container, and ends with its exit code. What is piped into it is ' +
    'run by it. When kdev ends, the shell and everything it started end with it.',
  options: [
    ['--replica POD', 'which one (default: a ready one)'],
    ['-T, --no-tty', 'no terminal for the shell, even when there is one here'],
  ],
  examples: [
    ['kdev shell', 'in the only service'],
    ['kdev shell adder --replica adder-6f7d9-x7k2p', 'in one of several replicas'],
    ['echo "ls -l" | kdev shell adder', 'commands from a pipe'],
  ],
  onProject: true,
  output: 'answer',
  run: async (invocation) => {
    const { openProject } = await import('../open-project.ts');
    const { openCluster } = await import('../open-cluster.ts');
    const { chooseService } = await import('../../config/choose-services.ts');
    const { openShell } = await import('../open-shell.ts');
    const { args, options, signal, surroundings, foreground } = invocation;
    const { project, environment } = await openProject(invocation);
    const service = chooseService(project, args[0]);
    const { cluster } = await openCluster(environment, invocation, false);
    const { namespace } = environment;
    const { stdin, stdout } = surroundings;
    const tty = options['tty'] !== false && stdin.isTTY === true && stdout.isTTY === true;
    const replica = typeof options['replica'] === 'string' ? options['replica'] : undefined;
    const run = () => openShell({ cluster, namespace, service, replica, signal, surroundings, tty });
    return tty ? foreground(run) : run();
  },
};
