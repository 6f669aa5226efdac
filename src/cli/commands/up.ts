import type { Command } from '../command.ts';

export const up: Command = {
  name: 'up',
  args: [['[SERVICE...]', 'only these, and what they depend on']],
  summary: 'deploy, fill and start everything, then end',
  description:
    'Renders the manifests, builds images that are missing, applies, sends every edit, lets the apps start and waits ' +
    'until they are ready. What is right already stays as it is. Ends with 1 when deletions wait for a confirmation (--yes).',
  options: [
    ['--timeout DURATION', 'how long a workload may take to be ready (default: 3m)'],
    ['--limit RATE', 'bytes a second that are sent to pods at most, such as 2M (default: no limit)'],
    ['--take-over', 'take services from whoever else develops them; their session stops writing'],
    ['--allow-protected', 'write to an environment that the configuration protects'],
  ],
  examples: [
    ['kdev up', 'everything, in the first environment'],
    ['kdev up adder --env test', 'one service, in another environment'],
  ],
  onProject: true,
  output: 'events',
  run: async (invocation) => {
    const { bringUpOnce } = await import('../bring-up-once.ts');
    return bringUpOnce(invocation);
  },
};
