import type { Cluster } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';
import { askSession } from '../daemon/session-client.ts';
import type { TestedSession } from '../testing/run-suites.ts';
import type { Invocation } from './command.ts';
import { openCluster } from './open-cluster.ts';
import { openDevelopment } from './open-development.ts';
import type { OpenProject } from './open-project.ts';
import { findSession } from './serve-session.ts';

/** What tests run through, and its end. */
export interface TestSession extends TestedSession {
  readonly cluster: Cluster;
  /** Ends a session of its own; leaves a running `kdev watch` alone. */
  close(): Promise<void>;
}

/**
 * The running `kdev watch`, where it keeps these services of this very place in sync; else a session of its own, which
 * brings them up first as `kdev up` does.
 *
 * @throws what `openDevelopment` and bringing up throw.
 */
export async function openTestSession(
  { project, environment }: OpenProject,
  services: readonly Service[],
  invocation: Invocation,
): Promise<TestSession> {
  const { surroundings, options } = invocation;
  const client = await findSession({ project, environment, surroundings });
  if (client && services.every(({ name }) => client.greeting.services.includes(name))) {
    try {
      const { cluster } = await openCluster(environment, invocation, false);
      const watch = askSession(client);
      return {
        settle: (wanted, signal) => watch.settle(wanted, signal),
        status: async () => (await watch.status()).services,
        cluster,
        close: async () => client.close(),
      };
    } catch (error) {
      client.close();
      throw error;
    }
  }
  client?.close();
  const names = services.map(({ name }) => name);
  // `--timeout` is about suites here.
  const { development } = await openDevelopment(
    { ...invocation, args: names, options: { ...options, timeout: undefined } },
    { stays: false },
  );
  try {
    await development.bringUp();
    const { cluster } = await openCluster(environment, invocation, false);
    const { controls } = development;
    return {
      settle: (wanted, signal) => controls.settle(wanted, signal),
      status: () => controls.status(),
      cluster,
      close: () => development.stop(),
    };
  } catch (error) {
    await development.stop();
    throw error;
  }
}
