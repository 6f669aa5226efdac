import type { Command } from '../command.ts';

/** Whoever wants everything gone hears soon that the cluster cannot be reached, ms. */
const reachMs = 1_500;

export const down: Command = {
  name: 'down',
  summary: 'take back what up and watch made',
  description:
    'Ends a running kdev watch, removes everything that kdev made for this project in the namespace of the environment ' +
    '(volume claims of your manifests among it) and waits until it is gone. What others made stays.',
  options: [['--allow-protected', 'write to an environment that the configuration protects']],
  examples: [['kdev down', 'in the environment local, or the only one']],
  onProject: true,
  output: 'events',
  run: async (invocation) => {
    const { guardEnvironment, openProject } = await import('../open-project.ts');
    const { guardCluster } = await import('../guard-cluster.ts');
    const { openCluster } = await import('../open-cluster.ts');
    const { endSession } = await import('../end-session.ts');
    const { downProject } = await import('../down-project.ts');
    const { options, reporter, signal, surroundings } = invocation;
    const { project, environment } = await openProject(invocation);
    guardEnvironment(environment, options);
    const { cluster } = await openCluster(environment, invocation, false, reachMs);
    await guardCluster({ project, environment, cluster, options, signal });
    await endSession({ project, environment, surroundings, reporter, signal });
    await downProject({ project, environment, cluster }, invocation);
    return 0;
  },
};
