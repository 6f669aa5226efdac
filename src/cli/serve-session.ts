import { tmpdir } from 'node:os';
import { stateRoot } from '../box/state-root.ts';
import type { Environment, Project } from '../core/service.ts';
import type { ServiceStatus } from '../core/service-status.ts';
import { type DaemonClient, dialDaemon } from '../daemon/call-daemon.ts';
import { daemonProtocol } from '../daemon/messages.ts';
import { type DaemonServer, serveDaemon } from '../daemon/serve-daemon.ts';
import { socketPath } from '../daemon/socket-path.ts';
import type { Surroundings } from './command.ts';
import type { StandingProblem } from './standing-problems.ts';
import { readVersion } from './version.ts';

/** What `kdev status` learns from a running `kdev watch`. */
export interface SessionStatus {
  readonly services: readonly ServiceStatus[];
  readonly problems: readonly StandingProblem[];
}

interface Place {
  readonly project: Pick<Project, 'root'>;
  readonly environment: Pick<Environment, 'name'>;
  readonly surroundings: Pick<Surroundings, 'env'>;
}

/**
 * Makes a session known to the other commands of this project and environment. To be called before the session
 * writes anything: a second one is refused here.
 *
 * @param stop called when `kill`ing is not enough for a command that wants this one ended in order
 * @throws KdevError `session-running`, `socket-failed`.
 */
export function serveSession(
  options: Place & {
    readonly services: readonly string[];
    readonly status: () => SessionStatus;
    readonly stop: () => void;
  },
): Promise<DaemonServer> {
  const { project, environment, services, status, stop } = options;
  return serveDaemon({
    path: pathOf(options),
    greeting: {
      kdev: daemonProtocol,
      version: readVersion(),
      pid: process.pid,
      since: new Date().toISOString(),
      root: project.root,
      environment: environment.name,
      services,
    },
    handlers: {
      status: () => Promise.resolve(status()),
      stop: async () => stop(),
    },
  });
}

/** The running `kdev watch` of a project's environment; undefined when there is none. */
export function findSession(place: Place): Promise<DaemonClient | undefined> {
  return dialDaemon(pathOf(place));
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
