import type { Clock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import type { Bus } from '../core/event.ts';
import type { Cluster, PodFacts } from '../core/ports/cluster.ts';
import type { Controls } from '../core/ports/controls.ts';
import type { ServiceStatus } from '../core/service-status.ts';
import type { ChosenSuites } from './choose-suites.ts';
import type { SuiteOutput } from './output.ts';
import { runSuite } from './run-suite.ts';
import type { SuiteResult } from './suite-result.ts';

/** What suites ask of a session, in this process or in a running `kdev watch`; `Controls` has it. */
export interface TestedSession {
  settle: Controls['settle'];
  status(): readonly ServiceStatus[] | Promise<readonly ServiceStatus[]>;
}

/** One run of a service's suites. */
export interface SuitesRan {
  readonly results: readonly SuiteResult[];
  /** The service as it was when the last of them began. */
  readonly tested: ServiceStatus;
}

export interface SuitesRun extends ChosenSuites {
  readonly session: TestedSession;
  readonly cluster: Pick<Cluster, 'exec'>;
  readonly namespace: string;
  /** The service's pods as they are now. */
  readonly pods: () => Promise<readonly PodFacts[]>;
  readonly containerOf: (pod: PodFacts) => string;
  /** Name of a pod; absent = the first by name that is in sync. */
  readonly replica?: string | undefined;
  readonly extra?: readonly string[];
  readonly timeoutMs?: number | undefined;
  readonly wantsReport?: boolean;
  readonly output: SuiteOutput;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Waits until a replica has every edit, then runs the suites in it, one after the other, also when one before failed,
 * and tells each as `test` events. After an abort the running one is ended and the others do not begin.
 *
 * @throws KdevError `replica-none`, `replica-unknown`, what `settle` throws; the signal's reason before the first suite
 */
export async function runSuites(run: SuitesRun): Promise<SuitesRan> {
  const { session, service, suites, namespace, bus, signal } = run;
  const results: SuiteResult[] = [];
  let tested = await choose(run);
  for (const suite of suites) {
    if (results.length > 0) {
      if (signal.aborted) break;
      // A pod that went, or a container that began anew, must not decide over what comes after it.
      if (results.at(-1)?.state === 'broken') tested = await choose(run);
    }
    const { pod, status, digest } = tested;
    const about = { service: service.name, suite: suite.name, replica: pod.name, digest };
    bus.emit({ event: 'test', ...about, state: 'started' });
    const result = await runSuite({
      ...{ ...run, suite, digest, pod, service: service.name, extra: run.extra ?? [] },
      wantsReport: run.wantsReport === true,
      place: { namespace, pod: pod.name, container: run.containerOf(pod) },
      look: async () => (await run.pods()).find(({ name }) => name === pod.name),
    });
    const outdated = await isOutdated(session, status);
    const final = outdated ? { ...result, outdated } : result;
    results.push(final);
    const { startedAt: _, output: __, junit: ___, error: ____, ...facts } = final;
    bus.emit({ event: 'test', ...facts });
  }
  return { results, tested: tested.status };
}

interface Tested {
  readonly pod: PodFacts;
  readonly status: ServiceStatus;
  readonly digest: string;
}

async function choose(run: SuitesRun): Promise<Tested> {
  const { session, service, replica, signal } = run;
  const settled = await session.settle([service.name], signal);
  const status = settled.find((each) => each.service === service.name) ?? nothing(service.name);
  const pods = await run.pods();
  const inSync = status.replicas
    .filter((each) => each.inSync)
    .sort((one, other) => (one.pod < other.pod ? -1 : 1));
  const chosen = replica === undefined ? inSync[0] : inSync.find(({ pod }) => pod === replica);
  const pod = pods.find(({ name }) => name === chosen?.pod);
  if (chosen && pod) return { pod, status, digest: chosen.digest };
  const names = inSync.map((each) => each.pod).join(', ');
  if (replica === undefined || names === '') {
    throw new KdevError({
      code: 'replica-none',
      fault: 'environment',
      what: `Service ${service.name} has no replica that could be tested.`,
      why: 'None of its pods has every edit.',
      cure: 'See kdev status, and bring it up with kdev up or kdev watch.',
    });
  }
  throw new KdevError({
    code: 'replica-unknown',
    fault: 'user',
    what: `Service ${service.name} has no replica "${replica}".`,
    why: `It has: ${names}.`,
    cure: 'Name one of them, or leave --replica out.',
  });
}

/** Whether something was saved since: what ran is not what is on screen. */
async function isOutdated(session: TestedSession, before: ServiceStatus): Promise<boolean> {
  const now = (await session.status()).find(({ service }) => service === before.service);
  return now === undefined || hasMoved(before, now);
}

/** Whether a service is asked to hold something else than before, or is about to be built anew. */
export function hasMoved(before: ServiceStatus, now: ServiceStatus): boolean {
  return now.seq !== before.seq || now.digest !== before.digest || now.building || (now.unsent ?? 0) > 0;
}

function nothing(service: string): ServiceStatus {
  return { service, digest: '', seq: 0, building: false, replicas: [], inSync: false };
}
