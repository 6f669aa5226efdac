import { pause, systemClock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import { type ChosenSuites, chooseSuites } from '../testing/choose-suites.ts';
import { prepareReport, writeReport } from '../testing/junit-report.ts';
import { hasMoved, runSuites, type SuitesRan } from '../testing/run-suites.ts';
import { isRed, type SuiteResult } from '../testing/suite-result.ts';
import type { Invocation } from './command.ts';
import { type OpenProject, openProject } from './open-project.ts';
import { readDuration } from './read-duration.ts';
import { containerOf, listReplicas } from './replicas.ts';
import { testOutput } from './test-output.ts';
import { openTestSession, type TestSession } from './test-session.ts';
import { testSummary } from './test-summary.ts';

const pollMs = 200;

/**
 * `kdev test`: 0 when everything passed, 1 when something is red.
 *
 * @throws KdevError why a suite could not run, where nothing is red; what the session throws; the signal's reason
 */
export async function runTests(invocation: Invocation): Promise<number> {
  const { args, rest, options, signal, surroundings } = invocation;
  const opened = await openProject(invocation);
  const chosen = chooseSuites(opened.project.services, args);
  const extra = rest ?? [];
  if (extra.length > 0 && chosen.flatMap(({ suites }) => suites).length !== 1) throw whichSuite();
  const report = await prepareReport(surroundings.cwd, options['junit']);
  const timeoutMs = readDuration('--timeout', options['timeout']);
  const services = chosen.map(({ service }) => service);
  const session = await openTestSession(opened, services, invocation);
  const again = options['watch'] === true;
  try {
    for (;;) {
      const round = await runRound({ invocation, opened, session, chosen, extra, timeoutMs, report, again });
      if (signal.aborted) return 1;
      if (!again) return verdictOf(round, invocation);
      invocation.reporter.step('waiting for the next save');
      await nextSave(session, round, signal);
    }
  } finally {
    await session.close();
  }
}

interface Round {
  readonly invocation: Invocation;
  readonly opened: OpenProject;
  readonly session: TestSession;
  readonly chosen: readonly ChosenSuites[];
  readonly extra: readonly string[];
  readonly timeoutMs: number | undefined;
  readonly report: string | undefined;
  readonly again: boolean;
}

/** All services, one after the other; what cannot be tested is told and left out when it is to run again anyway. */
async function runRound(round: Round): Promise<readonly SuitesRan[]> {
  const { invocation, opened, session, chosen, extra, timeoutMs, report, again } = round;
  const { bus, signal, options, flags, style, answer } = invocation;
  const { namespace } = opened.environment;
  const { cluster } = session;
  const replica = typeof options['replica'] === 'string' ? options['replica'] : undefined;
  const ran: SuitesRan[] = [];
  for (const { service, suites } of chosen) {
    if (signal.aborted) break;
    try {
      ran.push(
        await runSuites({
          ...{ service, suites, extra, timeoutMs, session, cluster, namespace, replica, bus, signal },
          pods: () => listReplicas({ cluster, namespace, service, signal }),
          containerOf: (pod) => containerOf(pod, service),
          wantsReport: report !== undefined,
          output: testOutput(invocation, report !== undefined),
          clock: systemClock,
        }),
      );
    } catch (error) {
      if (!again || signal.aborted || !(error instanceof KdevError)) throw error;
      tellProblem(invocation, `test/${service.name}`, error);
      const tested = (await session.status()).find((each) => each.service === service.name);
      if (tested) ran.push({ results: [], tested });
    }
  }
  const results = ran.flatMap((each) => each.results);
  if (report !== undefined) await writeReport(report, results);
  if (!flags.json && !signal.aborted && results.length > 1) answer(testSummary(results, style));
  return ran;
}

/** A red verdict is the answer no, whatever else there is; without one, what could not run is an error. */
function verdictOf(round: readonly SuitesRan[], invocation: Invocation): number {
  const results: readonly SuiteResult[] = round.flatMap((each) => each.results);
  const [first, ...others] = results.flatMap(({ error }) => (error ? [error] : []));
  const red = results.some(isRed);
  for (const error of red && first ? [first, ...others] : others) tellProblem(invocation, error.code, error);
  if (first && !red) throw first;
  return red ? 1 : 0;
}

function tellProblem({ bus }: Invocation, key: string, { code, what, why, cure }: KdevError): void {
  const message = why === undefined ? what : `${what}\n${why}`;
  bus.emit({ event: 'problem', key, code, message, ...(cure && { cure }), resolved: false });
}

/** Resolves when one of the services is asked to hold something else than what was tested. */
async function nextSave(
  session: TestSession,
  round: readonly SuitesRan[],
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const now = await session.status();
    const moved = round.some(({ tested }) => {
      const status = now.find(({ service }) => service === tested.service);
      return status !== undefined && hasMoved(tested, status);
    });
    if (moved) return;
    await pause(systemClock, pollMs, signal);
  }
}

function whichSuite(): KdevError {
  return new KdevError({
    code: 'usage',
    fault: 'user',
    what: 'What stands after -- is for one suite; several were asked for.',
    cure: 'Name one: kdev test SERVICE SUITE -- ARGUMENTS.',
  });
}
