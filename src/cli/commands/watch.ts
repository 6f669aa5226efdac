import { setMaxListeners } from 'node:events';
import type { KdevError } from '../../core/error.ts';
import type { Tui } from '../../tui/tui.tsx';
import type { Command, Invocation } from '../command.ts';
import type { OpenDevelopment } from '../open-development.ts';

export const watch: Command = {
  name: 'watch',
  args: [['[SERVICE...]', 'only these, and what they depend on']],
  summary: 'bring everything up and keep it equal to your files',
  description:
    'Does what `kdev up` does, opens the services’ ports on this machine and then sends every save to every replica, ' +
    'restarts apps and rebuilds images where the configuration asks for it. Ctrl-C ends it and leaves everything running.',
  options: [
    ['--timeout DURATION', 'how long a workload may take to be ready (default: 3m)'],
    ['--once', 'bring everything up to date and end; through the running kdev watch where there is one'],
    ['--plain', 'lines for people instead of the screen, on a terminal too'],
    ['--no-logs', 'without what the apps print (on the screen it is always there)'],
    ['--limit RATE', 'bytes a second that are sent to pods at most, such as 2M (default: no limit)'],
    ['--take-over', 'take services from whoever else develops them, unasked; their session stops writing'],
    ['--allow-protected', 'write to an environment that the configuration protects'],
  ],
  examples: [
    ['kdev watch', 'everything, until Ctrl-C'],
    ['kdev watch adder --json', 'one service, as JSON lines'],
  ],
  onProject: true,
  output: 'events',
  run: async (invocation) => {
    if (invocation.options['once'] === true) {
      const { catchUpOnce } = await import('../catch-up-once.ts');
      return catchUpOnce(invocation);
    }
    const { openDevelopment } = await import('../open-development.ts');
    const { serveSession } = await import('../serve-session.ts');
    const { keepProblems } = await import('../standing-problems.ts');
    const { answer, bus, flags, options, surroundings, hush } = invocation;
    const problems = keepProblems(bus);
    // Another kdev (`kdev down`) or a key may ask for the end at any time, too.
    const asked = new AbortController();
    const signal = AbortSignal.any([invocation.signal, asked.signal]);
    // Every call that is under way listens to it, and there may be any number of them at once.
    setMaxListeners(0, signal);
    const ended = new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
    const mayTakeOver = async (held: KdevError): Promise<boolean> => {
      if (!screen) return false;
      const { askTakeOver } = await import('../ask-take-over.ts');
      return askTakeOver(screen, held);
    };
    const opened = await openDevelopment(
      { ...invocation, signal },
      { stays: true, askTakeOver: mayTakeOver },
    );
    const { development, project, environment, services, context } = opened;
    const daemon = await serveSession({
      ...{ project, environment, surroundings, context, problems },
      services: services.map(({ name }) => name),
      controls: development.controls,
      listen: bus.listen,
      stop: () => asked.abort(new Error('another kdev asked for the end')),
    });
    const { wantsScreen } = await import('../wants-screen.ts');
    // Before the screen takes the terminal: the line of progress is on the one that comes back in the end.
    const speak = wantsScreen(invocation) ? hush() : undefined;
    const screen = speak && (await openScreen({ ...invocation, signal }, opened));
    if (!screen && options['logs'] !== false) await tellAppLogs({ ...invocation, signal }, opened);
    const closeScreen = (): void => {
      screen?.close();
      speak?.();
    };
    signal.addEventListener('abort', closeScreen, { once: true });
    let choice: 'leave' | 'down' | undefined;
    const crashed = screen?.quit.then((how) => {
      choice = how;
      asked.abort(new Error('a key asked for the end'));
      return ended;
    });
    try {
      const upAndServing = async (): Promise<void> => {
        await development.bringUp();
        const { collectNowAndThen } = await import('../collect-now-and-then.ts');
        collectNowAndThen({ ...opened, bus, invocation: { ...invocation, signal } });
        await ended;
      };
      await Promise.race([upAndServing(), ...(crashed ? [crashed] : [])]);
    } catch (error) {
      if (!asked.signal.aborted) throw error;
    } finally {
      closeScreen();
      try {
        await development.stop();
      } finally {
        await daemon.close();
      }
      if (signal.aborted && !flags.json) {
        if (screen) answer(screen.summary());
        if (asked.signal.aborted && choice === undefined) answer('ended, because another kdev asked for it');
        else if (choice !== 'down')
          answer(`ended; what runs in ${environment.namespace} stays. Remove it: kdev down`);
      }
    }
    if (choice !== 'down') return 0;
    const { downProject } = await import('../down-project.ts');
    // The one that was watched, whatever the kubeconfig says by now.
    const cluster = opened.cluster.withSignal(invocation.signal);
    await downProject({ project, environment, cluster }, invocation);
    return 0;
  },
};

/** What the apps print from now on, as events. */
async function tellAppLogs({ bus, signal }: Invocation, opened: OpenDevelopment): Promise<void> {
  const { followAppLogs } = await import('../follow-app-logs.ts');
  const { emitLines } = await import('../log-printer.ts');
  const { cluster, environment, services } = opened;
  const { namespace } = environment;
  void followAppLogs({ cluster, namespace, services, tail: 0, onLines: emitLines(bus), bus, signal });
}

/** The terminal UI is loaded only where it is shown. */
async function openScreen(invocation: Invocation, opened: OpenDevelopment): Promise<Tui> {
  const { openWatchScreen } = await import('../watch-screen.ts');
  return openWatchScreen(invocation, opened);
}
