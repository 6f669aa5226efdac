import type { Command } from '../command.ts';

export const status: Command = {
  name: 'status',
  summary: 'services, replicas, what they have, and problems',
  description:
    'Asks the running kdev watch; without one, tells what the cluster shows. Ends with 1 when something is not in sync ' +
    'or nobody knows whether it is.',
  examples: [
    ['kdev status', 'for people'],
    ['kdev status --json', 'for scripts: digests, sequence numbers, incarnations'],
  ],
  onProject: true,
  output: 'answer',
  run: async (invocation) => {
    const { openProject } = await import('../open-project.ts');
    const { readStatus } = await import('../read-status.ts');
    const { statusText } = await import('../status-text.ts');
    const found = await readStatus(await openProject(invocation), invocation);
    const { flags, answer, style } = invocation;
    answer(flags.json ? JSON.stringify(found, undefined, 2) : statusText(found, style));
    return found.inSync === true ? 0 : 1;
  },
};
