import { spawn } from 'node:child_process';
import { systemClock } from '../core/clock.ts';
import type { TuiActions } from '../tui/actions.ts';
import { logLineOf } from '../tui/logs/log-entry.ts';
import { LogStore } from '../tui/logs/log-store.ts';
import { Logs } from '../tui/logs/logs.ts';
import { Tui } from '../tui/tui.tsx';
import type { ScreenProject } from '../tui/view.ts';
import type { Invocation } from './command.ts';
import { followAppLogs } from './follow-app-logs.ts';
import type { OpenDevelopment } from './open-development.ts';
import { openShell } from './open-shell.ts';
import { testInSession } from './test-in-session.ts';

/** So many lines of each replica that runs already. */
const shownBefore = 200;

/** Opens the terminal UI on a running session. What it shows comes from the bus and from the session's controls. */
export function openWatchScreen(invocation: Invocation, opened: OpenDevelopment): Tui {
  const { bus, surroundings, interrupt } = invocation;
  const { development } = opened;
  const tui = new Tui({
    ...{ project: screenProject(opened), clock: systemClock, process },
    ...{ env: surroundings.env, stdin: surroundings.stdin, stdout: surroundings.stdout },
    logs: openLogs(invocation, opened),
    controls: development.controls,
    actions: actionsOf(invocation, opened),
    listen: (sink) => bus.listen(sink),
    interrupt: () => interrupt('SIGINT'),
  });
  tui.open();
  return tui;
}

/** What apps, builds and tests say. The apps' lines come in batches of their own: they may be thousands a second. */
function openLogs({ bus, signal }: Invocation, opened: OpenDevelopment): Logs {
  const { cluster, environment, services } = opened;
  const { namespace } = environment;
  const store = new LogStore();
  bus.listen((event) => {
    if (event.event === 'log') store.add(logLineOf(event));
  });
  void followAppLogs({
    ...{ cluster, namespace, services, bus, signal },
    tail: shownBefore,
    onLines: (lines, from) =>
      store.addAll(lines.map(({ time, line }) => ({ ...from, source: 'app', at: time, text: line }))),
  });
  return new Logs(store);
}

function screenProject({ project, environment, services, context }: OpenDevelopment): ScreenProject {
  return {
    name: project.name,
    environment: { name: environment.name, colour: environment.colour },
    namespace: environment.namespace,
    target: context,
    services: services.map(({ name, tests, mappings }) => ({
      name,
      tests: tests.map((suite) => suite.name),
      sources: mappings.map(({ from }) => from),
    })),
  };
}

function actionsOf(invocation: Invocation, opened: OpenDevelopment): TuiActions {
  const { bus, foreground, surroundings } = invocation;
  const { cluster, development, environment, services } = opened;
  const { namespace } = environment;
  const test = testInSession({ session: development.controls, cluster, namespace, bus, colours: true });
  return {
    test: async (name, signal) => {
      const service = services.find((each) => each.name === name);
      if (service) await test(service, [], signal);
    },
    shell: async (name, signal) => {
      const service = services.find((each) => each.name === name);
      if (!service) return 0;
      // Only Ctrl-C is the shell's own; the other signals end it with this process.
      return foreground(() => openShell({ cluster, namespace, service, signal, surroundings }));
    },
    openUrl,
  };
}

/** Hands an address to the person's browser; false where there is no desktop to do so. */
function openUrl(url: string): Promise<boolean> {
  const [command, ...args] = process.platform === 'darwin' ? ['open', url] : ['xdg-open', url];
  return new Promise((resolve) => {
    const child = spawn(command ?? '', args, { stdio: 'ignore', detached: true });
    child.once('error', () => resolve(false));
    child.once('exit', (code) => resolve(code === 0));
    child.unref();
  });
}
