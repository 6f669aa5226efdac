import type { Command } from '../command.ts';

export const boxDelete: Command = {
  name: 'box delete',
  args: [['NAME', 'a box in whatever state']],
  summary: 'end a box and remove all of it',
  description:
    'Leaves no process, mount, link, firewall rule or file of the box. What was compiled for boxes stays in the cache. ' +
    'Needs root.',
  examples: [['kdev box delete demo', 'the box called demo']],
  onProject: false,
  output: 'events',
  run: async ({ args, flags, reporter, signal, style, answer, surroundings }) => {
    const { deleteBox } = await import('../../box/delete-box.ts');
    const { stateRoot } = await import('../../box/state-root.ts');
    const [name = ''] = args;
    await deleteBox({ name, stateDir: stateRoot(surroundings.env), reporter, signal });
    if (!flags.json) answer(`${style.good('✓')} box ${name} is gone`);
    return 0;
  },
};
