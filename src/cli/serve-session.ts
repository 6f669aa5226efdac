import { tmpdir } from 'node:os';
import { stateRoot } from '../box/state-root.ts';
import type { Environment, Project } from '../core/service.ts';
import { type DaemonClient, dialDaemon } from '../daemon/call-daemon.ts';
import { daemonProtocol, type Greeting } from '../daemon/messages.ts';
import { type DaemonServer, serveDaemon } from '../daemon/serve-daemon.ts';
import { type ServedSession, sessionHandlers } from '../daemon/session-handlers.ts';
import { socketPath } from '../daemon/socket-path.ts';
import type { Surroundings } from './command.ts';
import { readVersion } from './version.ts';

interface Place {
  readonly project: Pick<Project, 'root'>;
  readonly environment: Pick<Environment, 'name' | 'namespace' | 'target'>;
  readonly surroundings: Pick<Surroundings, 'env'>;
}

/**
 * Makes a session known to the other commands of this project and environment. To be called before the session
 * writes anything: a second one is refused here.
 *
 * @throws KdevError `session-running`, `socket-failed`.
 */
export function serveSession(
  options: Place &
    ServedSession & {
      readonly services: readonly string[];
      /** Of the cluster that it works in. */
      readonly context: string;
    },
): Promise<DaemonServer> {
  const { project, environment, services, context } = options;
  return serveDaemon({
    path: pathOf(options),
    greeting: {
      kdev: daemonProtocol,
      version: readVersion(),
      pid: process.pid,
      since: new Date().toISOString(),
      root: project.root,
      environment: environment.name,
      context,
      namespace: environment.namespace,
      services,
    },
    handlers: sessionHandlers(options),
  });
}

/**
 * The running `kdev watch` of a project's environment; undefined when there is none, or when it works in another
 * cluster or namespace than the one that is meant here.
 *
 * @throws KdevError those of `dialDaemon`.
 */
export async function findSession(place: Place): Promise<DaemonClient | undefined> {
  const session = await dialDaemon(pathOf(place));
  if (session === undefined || isMeant(session.greeting, place.environment)) return session;
  session.close();
  return undefined;
}

function isMeant(greeting: Greeting, { namespace, target }: Place['environment']): boolean {
  if (greeting.namespace !== undefined && greeting.namespace !== namespace) return false;
  // Which cluster a box or the current context is was decided when the session began.
  return target.type !== 'context' || greeting.context === undefined || greeting.context === target.context;
}

function pathOf({ project, environment, surroundings }: Place): string {
  return socketPath({
    root: project.root,
    environment: environment.name,
    env: surroundings.env,
    stateDir: stateRoot(surroundings.env),
    tmpDir: tmpdir(),
    uid: process.getuid?.() ?? 0,
  });
}
