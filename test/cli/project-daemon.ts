import { tmpdir } from 'node:os';
import { daemonProtocol } from '../../src/daemon/messages.ts';
import type { Handler } from '../../src/daemon/serve-client.ts';
import { type DaemonServer, serveDaemon } from '../../src/daemon/serve-daemon.ts';
import { socketPath } from '../../src/daemon/socket-path.ts';
import type { Place } from './kdev-command.ts';

/** What another kdev finds where a `kdev watch` of this place runs: its socket, with these answers. */
export function serveProject(
  { root, env }: Place,
  handlers: Readonly<Record<string, Handler>>,
): Promise<DaemonServer> {
  return serveDaemon({
    path: socketPath({
      ...{ root, env, environment: 'local', tmpDir: tmpdir() },
      stateDir: String(env['KDEV_STATE_DIR']),
      uid: process.getuid?.() ?? 0,
    }),
    greeting: {
      kdev: daemonProtocol,
      version: '0.1.0',
      pid: 4711,
      since: '2026-01-02T03:04:05.000Z',
      root,
      environment: 'local',
      context: 'cluster-a',
      namespace: 'shop',
      services: ['adder'],
    },
    handlers,
  });
}
