import type { Command } from '../command.ts';

export const build: Command = {
  name: 'build',
  args: [['[SERVICE...]', 'only these (default: all that have a build)']],
  summary: 'build images in the cluster, roll them out, and end',
  description:
    'Builds what the registry does not have yet of these services, from the files as they are now, and brings their ' +
    'pods to it: through the running kdev watch where there is one, else as `kdev up` does. Without a rollout no workload ' +
    'is touched. Ends with 2 when a build fails because of what is in it.',
  options: [
    ['--no-rollout', 'build and push only'],
    ['--print-tag', 'the images by digest on stdout, one a line, and nothing else there'],
    ['--target STAGE', "this stage of the Dockerfile instead of the configuration's; no rollout"],
    [
      '--push NAME',
      'push one image as NAME[:TAG], too; without a registry in it to that of the cluster; no rollout',
    ],
    ['--force', 'build also what the registry has, and make new pods also of an unchanged image'],
    ['--timeout DURATION', 'how long a workload may take to be ready (default: 3m)'],
    ['--take-over', 'take services from whoever else develops them; their session stops writing'],
    ['--allow-protected', 'write to an environment that the configuration protects'],
  ],
  examples: [
    ['kdev build', 'every image that is not there yet, with rollout'],
    ['kdev build adder --target prod --push registry.example.com/team/adder:1.2', 'for a pipeline'],
    ['image=$(kdev build adder --no-rollout --print-tag)', 'in a script'],
  ],
  onProject: true,
  output: 'events',
  answersWith: 'printTag',
  run: async (invocation) => {
    const { buildServices } = await import('../build-services.ts');
    return buildServices(invocation);
  },
};
