import type { Command } from '../command.ts';

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
    const { openCluster } = await import('../open-cluster.ts');
    const { endSession } = await import('../end-session.ts');
    const { kindsOf } = await import('../rendered-kinds.ts');
    const { takeDown } = await import('../take-down.ts');
    const { answer, flags, options, reporter, signal, style, surroundings } = invocation;
    const { project, environment } = await openProject(invocation);
    guardEnvironment(environment, options);
    const { cluster } = await openCluster(environment, invocation, false);
    await endSession({ project, environment, surroundings, reporter, signal });
    const { namespace } = environment;
    const kinds = await kindsOf({ project, environment }, invocation);
    const { removed, namespaceStays } = await takeDown({
      ...{ cluster, namespace, kinds, reporter, signal },
      project: project.name,
    });
    if (flags.json) return 0;
    if (removed.length === 0) answer(`There is nothing of kdev's in ${namespace}.`);
    else answer(`${style.good('✓')} removed ${removed.join(', ')}`);
    if (namespaceStays !== undefined) answer(`  the namespace ${namespace} stays: ${namespaceStays}`);
    return 0;
  },
};
