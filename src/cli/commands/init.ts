import type { Command } from '../command.ts';

export const init: Command = {
  name: 'init',
  summary: 'write a dev.config.ts for what lies here',
  description:
    'Looks at the Dockerfiles and manifests (kustomizations or plain YAML) from here downwards and writes the ' +
    'dev.config.ts that follows from them. Says what it found and why it chose so. Writes that one file and nothing else.',
  options: [
    ['--dry-run', 'print the configuration instead of writing it'],
    ['--force', 'replace a dev.config.ts that is there'],
  ],
  examples: [
    ['kdev init', 'and then: kdev watch'],
    ['kdev init --dry-run', 'only show it'],
  ],
  onProject: false,
  output: 'answer',
  run: async (invocation) => {
    const { initProject } = await import('../init-project.ts');
    return initProject(invocation);
  },
};
