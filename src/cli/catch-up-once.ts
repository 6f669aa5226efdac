import { askSession } from '../daemon/session-client.ts';
import { bringUpOnce } from './bring-up-once.ts';
import type { Invocation } from './command.ts';
import { openProject } from './open-project.ts';
import { readDuration } from './read-duration.ts';
import { findSession } from './serve-session.ts';
import { settleSession } from './settle-session.ts';

const defaultTimeoutMs = 180_000;

/** As `bringUpOnce`, but through the running `kdev watch` of this place where there is one, which goes on. */
export async function catchUpOnce(invocation: Invocation): Promise<number> {
  const { args, answer, bus, flags, options, reporter, signal, style, surroundings } = invocation;
  const { project, environment } = await openProject(invocation);
  const client = await findSession({ project, environment, surroundings });
  if (client === undefined) return bringUpOnce(invocation);
  try {
    const { pid, context = '' } = client.greeting;
    reporter.step(`waiting for the running kdev watch, process ${pid}`);
    const timeoutMs = readDuration('--timeout', options['timeout']) ?? defaultTimeoutMs;
    const session = askSession(client);
    const { inSync, missing, services } = await settleSession({ session, services: args, timeoutMs, signal });
    if (!inSync) {
      if (!flags.json)
        answer([`${style.bad('✗')} not in sync:`, ...missing.map((text) => `  ${text}`)].join('\n'));
      return 1;
    }
    bus.emit({
      event: 'ready',
      services: services.map(({ service, replicas }) => ({ service, replicas: replicas.length, urls: [] })),
      environment: environment.name,
      context,
    });
    return 0;
  } finally {
    client.close();
  }
}
