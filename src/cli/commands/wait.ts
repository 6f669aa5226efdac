import type { Command } from '../command.ts';

export const wait: Command = {
  name: 'wait',
  args: [['[SERVICE...]', 'only these (default: all that the running kdev watch works on)']],
  summary: 'wait until everything is in sync',
  description:
    'Waits until the running kdev watch has brought every edit that is saved by now into every replica, with the ' +
    'restarts and rebuilds that are due. Ends with 1 when the time is over first, or when no kdev watch runs; says what is missing.',
  options: [
    ['--synced', 'for every edit in every replica, which is what is waited for in any case'],
    ['--timeout DURATION', 'how long at the most (default: 30s)'],
  ],
  examples: [
    ['kdev wait --synced', 'after a save in a script, before it asks the app'],
    ['kdev wait adder --synced --timeout 2m', 'one service, with time for a rebuild'],
  ],
  onProject: true,
  output: 'answer',
  run: async (invocation) => {
    const { chooseServices } = await import('../../config/choose-services.ts');
    const { openProject } = await import('../open-project.ts');
    const { readDuration } = await import('../read-duration.ts');
    const { waitForSession } = await import('../wait-for-session.ts');
    const { waitText } = await import('../wait-text.ts');
    const { args, answer, flags, options, style } = invocation;
    const timeoutMs = readDuration('--timeout', options['timeout']) ?? 30_000;
    const opened = await openProject(invocation);
    chooseServices(opened.project, args); // a name that is wrong is said at once
    const found = await waitForSession(opened, args, timeoutMs, invocation);
    answer(flags.json ? JSON.stringify(found, undefined, 2) : waitText(found, style));
    return found.inSync ? 0 : 1;
  },
};
