import type { Command } from '../command.ts';

export const boxCreate: Command = {
  name: 'box create',
  args: [['NAME', 'a DNS label']],
  summary: 'make a box, or find it there',
  description:
    'Makes a whole Kubernetes on this machine, in namespaces and a root file system of its own. A box that is there ' +
    'with equal settings is left as it is; one that died is replaced. Needs root. The first one on a machine takes ' +
    'long, because its parts are compiled; they are kept for the next ones.',
  options: [
    ['--subnet CIDR', "IPv4 /22 that is the box's alone (default: the first free one of 10.213.0.0/16)"],
    [
      '--upstream URL',
      'registry that docker.io names are looked up in when the box has no stand-in for them',
    ],
  ],
  examples: [
    ['kdev box create demo', 'a box called demo'],
    ['kdev box create demo --subnet 10.99.0.0/22', 'in a subnet of your choice'],
  ],
  onProject: false,
  output: 'events',
  run: async ({ args, options, ...invocation }) => {
    const { provideBox } = await import('../open-cluster.ts');
    const [name = ''] = args;
    const setting = (key: string): string | undefined => {
      const value = options[key];
      return typeof value === 'string' ? value : undefined;
    };
    const settings = { subnet: setting('subnet'), upstream: setting('upstream') };
    const box = await provideBox({ name, settings, ...invocation });
    if (!invocation.flags.json) {
      invocation.answer(`${invocation.style.good('✓')} box ${name} is ready at ${box.address}`);
      invocation.answer(`  stand-ins for public images: ${box.standIns.join(', ') || 'none'}`);
      invocation.answer(`  kubectl: kdev box kubeconfig ${name} > kubeconfig`);
      invocation.answer(`  remove it: kdev box delete ${name}`);
    }
    return 0;
  },
};
