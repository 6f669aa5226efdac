import type { Style } from '../../output/style.ts';
import type { PulledFile } from '../../pull/pull-files.ts';
import type { Command } from '../command.ts';

/** One path of what `kdev pull --json` prints. */
export interface PulledOfService extends PulledFile {
  readonly service: string;
}

export const pull: Command = {
  name: 'pull',
  args: [['[GLOB...]', 'local paths, from the configuration’s folder (default: what the services declare)']],
  summary: 'bring files of a container back into your tree',
  description:
    'Copies what matches from a running container to where it belongs here: lock files, snapshots, generated code. ' +
    'Nothing is ever deleted, and a file that you edited since the last pull is kept. The globs name local paths ' +
    'inside the synced folders. Ends with 1 when something was kept or refused.',
  options: [
    ['--service NAME', 'from this one (default: every service)'],
    ['--replica POD', 'from this pod (default: a ready one)'],
    ['--force', 'write over files that were edited here'],
    ['--dry-run', 'only say what would happen'],
  ],
  examples: [
    ['kdev pull', 'what the services declare with `pull`'],
    ["kdev pull 'src/**/*.snap' --dry-run", 'what would come'],
  ],
  onProject: true,
  output: 'answer',
  run: async (invocation) => {
    const { pullService } = await import('../pull-service.ts');
    const { openProject } = await import('../open-project.ts');
    const { openCluster } = await import('../open-cluster.ts');
    const { chooseService } = await import('../../config/choose-services.ts');
    const { answer, args, flags, options, style } = invocation;
    const { project, environment } = await openProject(invocation);
    const name = typeof options['service'] === 'string' ? options['service'] : undefined;
    const services = name === undefined ? project.services : [chooseService(project, name)];
    const { cluster } = await openCluster(environment, invocation, false);
    const pulled: PulledOfService[] = [];
    for (const service of services) {
      const globs = args.length > 0 ? args : (service.pull ?? []);
      if (globs.length === 0 || service.mappings.length === 0) continue;
      const files = await pullService({ ...invocation, project, environment, cluster, service, globs });
      pulled.push(...files.map((file) => ({ service: service.name, ...file })));
    }
    const missed = pulled.filter(({ state }) => state === 'kept' || state === 'refused').length;
    if (flags.json) {
      answer(JSON.stringify(pulled, undefined, 2));
      return missed > 0 ? 1 : 0;
    }
    for (const file of pulled) if (file.state !== 'same') answer(lineOf(file, style));
    const came = pulled.filter(({ state }) => state === 'new' || state === 'updated').length;
    const said = options['dryRun'] === true ? 'would come' : 'came';
    answer(style.dim(`${came} ${said}, ${missed} left alone`));
    return missed > 0 ? 1 : 0;
  },
};

function lineOf({ path, state, reason }: PulledFile, style: Style): string {
  const mark = {
    same: ' ',
    new: style.good('+'),
    updated: style.good('~'),
    kept: style.warn('!'),
    refused: style.bad('✗'),
  };
  return `${mark[state]} ${path}${reason === undefined ? '' : `  ${style.dim(`${state}: ${reason}`)}`}`;
}
