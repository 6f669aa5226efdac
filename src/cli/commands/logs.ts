import type { Command } from '../command.ts';

export const logs: Command = {
  name: 'logs',
  args: [['[SERVICE...]', 'all services where none is named']],
  summary: 'what the app containers print',
  options: [
    ['-f, --follow', 'go on, through restarts and new pods, until Ctrl-C'],
    ['--tail LINES', 'only the last lines of each container (default: 200 with --follow, else all)'],
  ],
  examples: [
    ['kdev logs --follow', 'all services, as it comes'],
    ['kdev logs adder --tail 50', 'the end of one'],
    ['kdev logs adder --json', 'JSON lines with replica and time'],
  ],
  onProject: true,
  output: 'events',
  run: async (invocation) => {
    const { openProject } = await import('../open-project.ts');
    const { openCluster } = await import('../open-cluster.ts');
    const { chooseServices } = await import('../../config/choose-services.ts');
    const { streamLogs } = await import('../stream-logs.ts');
    const { readCount } = await import('../read-count.ts');
    const { args, options, bus, signal } = invocation;
    const follow = options['follow'] === true;
    const tail = readCount('--tail', options['tail']) ?? (follow ? 200 : undefined);
    const { project, environment } = await openProject(invocation);
    // The named ones alone: logs of what they depend on were not asked for.
    const services = chooseServices(project, args).filter(
      ({ name }) => args.length === 0 || args.includes(name),
    );
    const { cluster } = await openCluster(environment, invocation, false);
    const { namespace } = environment;
    await Promise.all(
      services.map((service) => streamLogs({ cluster, namespace, service, follow, tail, bus, signal })),
    );
    return 0;
  },
};
