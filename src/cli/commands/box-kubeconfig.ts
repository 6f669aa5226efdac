import type { Command } from '../command.ts';

export const boxKubeconfig: Command = {
  name: 'box kubeconfig',
  args: [['NAME', 'a box that works']],
  summary: 'print a kubeconfig for a box, with everything embedded',
  examples: [['kdev box kubeconfig demo > demo.yaml', 'then: kubectl --kubeconfig demo.yaml get pods -A']],
  onProject: false,
  output: 'answer',
  run: async ({ args, surroundings }) => {
    const { openBox } = await import('../../box/enter-box.ts');
    const { stateRoot } = await import('../../box/state-root.ts');
    const [name = ''] = args;
    const { kubeconfig } = await openBox({ stateDir: stateRoot(surroundings.env) }, name);
    surroundings.stdout.write(kubeconfig.endsWith('\n') ? kubeconfig : `${kubeconfig}\n`);
    return 0;
  },
};
