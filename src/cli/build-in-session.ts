import type { KdevEvent } from '../core/event.ts';
import type { DaemonClient } from '../daemon/call-daemon.ts';
import { askSession } from '../daemon/session-client.ts';
import type { BuildWish } from './build-wish.ts';
import type { Invocation } from './command.ts';

/**
 * Has the running session build and roll out, and tells what it tells of that. An interruption takes the wish back,
 * and with it a build that nobody else asked for.
 *
 * @throws what `Controls.rebuild` throws; `daemon-gone`
 */
export async function buildInSession(
  client: DaemonClient,
  { services, force }: BuildWish,
  { bus, reporter, signal }: Pick<Invocation, 'bus' | 'reporter' | 'signal'>,
): Promise<void> {
  reporter.step(`building in the running kdev watch, process ${client.greeting.pid}`);
  const names = new Set(services.map(({ name }) => name));
  const session = askSession(client);
  const enough = new AbortController();
  const following = session.follow(({ time: _time, ...event }) => {
    if (isAbout(event, names)) bus.emit(event);
  }, enough.signal);
  following.catch(() => undefined);
  try {
    const rebuilds = [...names].map((name) => session.rebuild(name, signal, { always: force }));
    await Promise.allSettled(rebuilds);
    signal.throwIfAborted();
    await Promise.all(rebuilds);
  } finally {
    enough.abort(new Error('the build is over'));
  }
}

function isAbout(event: KdevEvent, names: ReadonlySet<string>): boolean {
  switch (event.event) {
    case 'build':
    case 'rollout':
      return names.has(event.service);
    case 'log':
      return event.source === 'build' && names.has(event.service);
    default:
      return false;
  }
}
