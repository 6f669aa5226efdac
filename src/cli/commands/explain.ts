import type { Command } from '../command.ts';

export const explain: Command = {
  name: 'explain',
  args: [['<PATH...>', 'files or directories, which need not exist yet']],
  summary: 'what a change of a file would do, and why',
  description:
    'Says for each path which mapping takes it where in the container, which rule leaves it out, and which steps its ' +
    'change causes: sync, restart, rebuild, with the rule and where it is written. Needs no cluster.',
  examples: [
    ['kdev explain e2e_k8s/demo.py', 'why a save restarts the app'],
    ['kdev explain .venv/ requirements.txt', 'several, also ones that are not there yet'],
  ],
  onProject: true,
  output: 'answer',
  run: async (invocation) => {
    const { explainPaths } = await import('../explain-paths.ts');
    const { explainText } = await import('../explain-text.ts');
    const { openProject } = await import('../open-project.ts');
    const { answer, args, flags, style, surroundings } = invocation;
    const found = await explainPaths(await openProject(invocation), args, surroundings.cwd);
    if (flags.json) answer(JSON.stringify(found, undefined, 2));
    else answer(found.paths.map((each) => explainText(each, found.root, style)).join('\n'));
    return 0;
  },
};
