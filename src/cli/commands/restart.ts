import type { Command } from '../command.ts';

export const restart: Command = {
  name: 'restart',
  args: [['[SERVICE...]', 'only these (default: all that the running kdev watch works on)']],
  summary: 'start apps again, whatever changed',
  description:
    'Asks the running kdev watch to start the app of every replica again, after what is on its way. A container that the ' +
    'kubelet lets wait after crashes gets another pod at once.',
  examples: [
    ['kdev restart', 'every app'],
    ['kdev restart adder', 'the apps of one service'],
  ],
  onProject: true,
  output: 'answer',
  run: async (invocation) => {
    const { chooseServices } = await import('../../config/choose-services.ts');
    const { openProject } = await import('../open-project.ts');
    const { withSession } = await import('../with-session.ts');
    const { answer, args, flags, signal } = invocation;
    const opened = await openProject(invocation);
    chooseServices(opened.project, args); // a name that is wrong is said at once
    const restarted = await withSession(opened, invocation, async (session) => {
      const { services } = await session.status(signal);
      const names = args.length === 0 ? services.map(({ service }) => service) : [...new Set(args)];
      await Promise.all(names.map((name) => session.restart(name, signal)));
      return names;
    });
    answer(flags.json ? JSON.stringify({ restarted }) : `restarted ${restarted.join(', ')}`);
    return 0;
  },
};
