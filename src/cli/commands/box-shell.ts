import type { Command } from '../command.ts';

export const boxShell: Command = {
  name: 'box shell',
  args: [['NAME', 'a box that works']],
  summary: 'a shell in a box, or one command there',
  description:
    'A root shell in the root file system and namespaces of the box, with its kubectl. Ends with the exit code of the ' +
    'shell or command. Needs root.',
  examples: [
    ['kdev box shell demo', 'an interactive shell'],
    ['kdev box shell demo -- kubectl get pods -A', 'one command'],
  ],
  onProject: false,
  output: 'answer',
  run: async ({ args, rest, signal, foreground, surroundings }) => {
    const { boxShell: shellCommand } = await import('../../box/enter-box.ts');
    const { stateRoot } = await import('../../box/state-root.ts');
    const { runInForeground } = await import('../run-in-foreground.ts');
    const [name = ''] = args;
    const place = { stateDir: stateRoot(surroundings.env) };
    const argv = await shellCommand(place, name, rest === undefined || rest.length === 0 ? undefined : rest);
    return foreground(() => runInForeground(argv, signal));
  },
};
