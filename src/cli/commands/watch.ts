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
    const { answer, bus, flags, surroundings } = invocation;
    const problems = keepProblems(bus);
    // Another kdev (`kdev down`) may ask for the end at any time, too.
    const asked = new AbortController();
    const signal = AbortSignal.any([invocation.signal, asked.signal]);
    const ended = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const opened = await openDevelopment({ ...invocation, signal }, true);
    const { development, project, environment, services } = opened;
    const daemon = await serveSession({
      ...{ project, environment, surroundings },
      services: services.map(({ name }) => name),
      status: () => ({ services: development.session.status(), problems: problems() }),
      stop: () => asked.abort(new Error('another kdev asked for the end')),
    });
    try {
      await development.bringUp();
      await ended;
    } catch (error) {
      if (!asked.signal.aborted) throw error;
    } finally {
      try {
        await development.stop();
      } finally {
        await daemon.close();
      }
      if (asked.signal.aborted && !flags.json) answer('ended, because another kdev asked for it');
      else if (signal.aborted && !flags.json)
        answer(`ended; what runs in ${environment.namespace} stays. Remove it: kdev down`);
    }
    return 0;
  },
};
