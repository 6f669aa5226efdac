import { KdevError } from '../../core/error.ts';
import type { Command } from '../command.ts';

export const gc: Command = {
  name: 'gc',
  summary: 'delete images from the registry that nothing needs any more',
  description:
    'Looks what kdev’s builds have left in the registry and deletes what nothing names: no object of any namespace of ' +
    'the cluster, no old ReplicaSet, no build. What is young stays, and the newest images of each service. Only kdev’s ' +
    'own repositories are touched. In kdev’s own registry, and in a box’s, it waits for builds, and frees the bytes, too.',
  options: [
    ['--dry-run', 'only say what would go'],
    ['--keep COUNT', 'so many images of each service stay, those pushed last (default: 5)'],
    ['--older-than DURATION', 'what was pushed since stays (default: 24h)'],
    ['--allow-protected', 'write to an environment that the configuration protects'],
  ],
  examples: [
    ['kdev gc --dry-run', 'what the registry holds, and what would go'],
    ['kdev gc --keep 2 --older-than 1h', 'delete more'],
  ],
  onProject: true,
  output: 'answer',
  run: async (invocation) => {
    const { guardEnvironment, openProject } = await import('../open-project.ts');
    const { openCluster } = await import('../open-cluster.ts');
    const { openGcRegistry } = await import('../gc-registry.ts');
    const { collect } = await import('../../gc/collect.ts');
    const { gcText, noReport, reportOf } = await import('../gc-report.ts');
    const { gcDefaults } = await import('../gc-defaults.ts');
    const { readCount } = await import('../read-count.ts');
    const { readDuration } = await import('../read-duration.ts');
    const { answer, flags, options, style } = invocation;
    const keep = readCount('--keep', options['keep']) ?? gcDefaults.keep;
    const olderThanMs = readDuration('--older-than', options['olderThan']) ?? gcDefaults.olderThanMs;
    const dryRun = options['dryRun'] === true;
    const { project, environment } = await openProject(invocation);
    if (!dryRun) guardEnvironment(environment, options);
    const { cluster } = await openCluster(environment, invocation, false);
    const found = await openGcRegistry({ cluster, project, environment, invocation });
    if (found === undefined) {
      answer(flags.json ? JSON.stringify(noReport(dryRun), undefined, 2) : 'There is no registry yet.');
      return 0;
    }
    const { opened, options: registry } = found;
    const ours = registry.storage !== undefined;
    const { fromHere } = opened.registry;
    if (!ours && !dryRun && !flags.yes) throw unconfirmed(fromHere, cluster.context);
    const collected = await collect({ ...registry, policy: { keep, olderThanMs }, dryRun });
    const report = reportOf(collected, { registry: fromHere, ours, dryRun });
    answer(flags.json ? JSON.stringify(report, undefined, 2) : gcText(report, style));
    return 0;
  },
};

/** Other clusters may run images of a registry that is not this cluster's own. */
function unconfirmed(registry: string, context: string): KdevError {
  return new KdevError({
    code: 'gc-unconfirmed',
    fault: 'user',
    what: `${registry} is not this cluster's own registry; nothing was deleted.`,
    why: `kdev sees what ${context} needs of it, and not what other clusters may run from it.`,
    cure: 'See what would go with --dry-run, and add --yes when no other cluster uses kdev’s images there.',
  });
}
