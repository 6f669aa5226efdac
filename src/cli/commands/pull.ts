import type { Command } from '../command.ts';

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
    let missed = 0;
    let came = 0;
    for (const service of services) {
      const globs = args.length > 0 ? args : (service.pull ?? []);
      if (globs.length === 0 || service.mappings.length === 0) continue;
      for (const file of await pullService({
        ...invocation,
        project,
        environment,
        cluster,
        service,
        globs,
      })) {
        const { path, state, reason } = file;
        if (flags.json) answer(JSON.stringify({ service: service.name, ...file }));
        if (state === 'kept' || state === 'refused') missed += 1;
        if (state === 'new' || state === 'updated') came += 1;
        if (flags.json || state === 'same') continue;
        const mark = {
          new: style.good('+'),
          updated: style.good('~'),
          kept: style.warn('!'),
          refused: style.bad('✗'),
        };
        answer(
          `${mark[state]} ${path}${reason === undefined ? '' : `  ${style.dim(`${state}: ${reason}`)}`}`,
        );
      }
    }
    const said = options['dryRun'] === true ? 'would come' : 'came';
    if (!flags.json) answer(style.dim(`${came} ${said}, ${missed} left alone`));
    return missed > 0 ? 1 : 0;
  },
};
