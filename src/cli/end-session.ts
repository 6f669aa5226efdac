import { pause, systemClock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import type { Environment, Project } from '../core/service.ts';
import type { Invocation } from './command.ts';
import { findSession } from './serve-session.ts';

const pollMs = 50;
const endsWithinMs = 30_000;

/**
 * Asks a running `kdev watch` to end in order and waits until it has; does nothing where none runs.
 *
 * @throws KdevError `session-stuck`; the signal's reason.
 */
export async function endSession(
  options: Pick<Invocation, 'surroundings' | 'reporter' | 'signal'> & {
    readonly project: Pick<Project, 'root'>;
    readonly environment: Pick<Environment, 'name' | 'namespace' | 'target'>;
  },
): Promise<void> {
  const { reporter, signal } = options;
  const session = await findSession(options);
  if (!session) return;
  const { pid } = session.greeting;
  reporter.step(`ending kdev watch, process ${pid}`);
  await session.call('stop', undefined, signal);
  session.close();
  const deadline = performance.now() + endsWithinMs;
  for (;;) {
    const still = await findSession(options);
    if (!still) return;
    still.close();
    if (performance.now() > deadline) {
      throw new KdevError({
        code: 'session-stuck',
        fault: 'kdev',
        what: `kdev watch, process ${pid}, did not end within ${endsWithinMs / 1000} s.`,
        cure: `End it: kill ${pid}`,
      });
    }
    await pause(systemClock, pollMs, signal);
  }
}
