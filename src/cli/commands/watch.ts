import type { Command } from '../command.ts';

export const watch: Command = {
  name: 'watch',
  args: [['[SERVICE...]', 'only these, and what they depend on']],
  summary: 'bring everything up and keep it equal to your files',
  description:
    'Does what `kdev up` does, opens the services’ ports on this machine and then sends every save to every replica, ' +
    'restarts apps and rebuilds images where the configuration asks for it. Ctrl-C ends it and leaves everything running.',
  options: [
    ['--timeout DURATION', 'how long a workload may take to be ready (default: 3m)'],
    ['--allow-protected', 'write to an environment that the configuration protects'],
  ],
  examples: [
    ['kdev watch', 'everything, until Ctrl-C'],
    ['kdev watch adder --json', 'one service, as JSON lines'],
  ],
  onProject: true,
  output: 'events',
  run: async (invocation) => {
    const { openDevelopment } = await import('../open-development.ts');
    const { serveSession } = await import('../serve-session.ts');
    const { keepProblems } = await import('../standing-problems.ts');
    const problems = keepProblems(invocation.bus);
    const ended = new Promise<void>((resolve) => {
      invocation.signal.addEventListener('abort', () => resolve());
    });
    const { development, project, environment, services } = await openDevelopment(invocation, true);
    const { answer, flags, signal } = invocation;
    let askedToStop: () => void = () => undefined;
    const stopped = new Promise<void>((resolve) => {
      askedToStop = resolve;
    });
    const daemon = await serveSession({
      ...{ project, environment, surroundings: invocation.surroundings },
      services: services.map(({ name }) => name),
      status: () => ({ services: development.session.status(), problems: problems() }),
      stop: askedToStop,
    });
    try {
      await development.bringUp();
      await Promise.race([ended, stopped]);
      if (!signal.aborted && !flags.json) answer('ended, because another kdev asked for it');
    } finally {
      try {
        await development.stop();
      } finally {
        await daemon.close();
      }
      if (signal.aborted && !flags.json)
        answer(`ended; what runs in ${environment.namespace} stays. Remove it: kdev down`);
    }
    return 0;
  },
};
