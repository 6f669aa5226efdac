import { systemClock } from '../core/clock.ts';
import { type KdevError, messageOf } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';
import { chooseSuites } from '../testing/choose-suites.ts';
import { eventOutput } from '../testing/output.ts';
import { runSuites, type TestedSession } from '../testing/run-suites.ts';
import type { SuiteResult } from '../testing/suite-result.ts';
import { containerOf, listReplicas } from './replicas.ts';

/** Runs a service's suites, all of them where none is named; what goes wrong is told as a problem, not thrown. */
export type TestInSession = (
  service: Service,
  names: readonly string[],
  signal: AbortSignal,
) => Promise<readonly SuiteResult[]>;

/**
 * `kdev test` for whoever shows a session's events already: `test` and `log` events, and a `problem` for each suite
 * that could not run, which stands until it is run again.
 *
 * @param session the controls of the session
 * @param colours whether tools are asked for colours
 */
export function testInSession(options: {
  readonly session: TestedSession;
  readonly cluster: Cluster;
  readonly namespace: string;
  readonly bus: Bus;
  readonly colours: boolean;
}): TestInSession {
  const { session, cluster, namespace, bus, colours } = options;
  const standing = new Set<string>();
  const tell = (service: string, suite: string | undefined, error: unknown): void => {
    const key = `test/${service}${suite === undefined ? '' : `/${suite}`}`;
    const { code = 'bug', what = messageOf(error), why, cure } = error as Partial<KdevError>;
    standing.add(key);
    const message = why === undefined ? what : `${what}\n${why}`;
    bus.emit({ event: 'problem', key, code, message, service, ...(cure && { cure }), resolved: false });
  };
  const resolve = (service: string, suites: readonly string[]): void => {
    for (const key of [`test/${service}`, ...suites.map((suite) => `test/${service}/${suite}`)]) {
      if (!standing.delete(key)) continue;
      bus.emit({ event: 'problem', key, code: 'resolved', message: '', service, resolved: true });
    }
  };
  return async (service, names, signal) => {
    try {
      const [chosen] = chooseSuites([service], [service.name, ...names]);
      const suites = chosen?.suites ?? [];
      resolve(
        service.name,
        suites.map(({ name }) => name),
      );
      const { results } = await runSuites({
        ...{ service, suites, session, cluster, namespace, bus, signal },
        pods: () => listReplicas({ cluster, namespace, service, signal }),
        containerOf: (pod) => containerOf(pod, service),
        output: eventOutput(bus, colours),
        clock: systemClock,
      });
      for (const { suite, error } of results) if (error) tell(service.name, suite, error);
      return results;
    } catch (error) {
      if (!signal.aborted) tell(service.name, undefined, error);
      return [];
    }
  };
}
