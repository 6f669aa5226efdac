import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Clock } from '../core/clock.ts';
import { KdevError, messageOf } from '../core/error.ts';
import { orAbort } from '../core/or-abort.ts';
import type { Cluster, PodFacts } from '../core/ports/cluster.ts';
import type { TestSuite } from '../core/service.ts';
import { readMemory } from './container-memory.ts';
import { explainEnd } from './explain-end.ts';
import { OutputTail, type SuiteOutput } from './output.ts';
import { type ContainerPlace, runInContainer } from './run-in-container.ts';
import { argvOf, showCommand } from './suite-command.ts';
import type { SuiteResult } from './suite-result.ts';
import { readReport, removeReport } from './tool-report.ts';
import { type CommandEnd, endOf, worstEnd } from './verdict.ts';

export interface SuiteRun {
  readonly cluster: Pick<Cluster, 'exec'>;
  readonly place: ContainerPlace;
  readonly service: string;
  readonly suite: TestSuite;
  /** Appended to each of its commands. */
  readonly extra: readonly string[];
  /** Instead of the suite's own, ms. */
  readonly timeoutMs?: number | undefined;
  /** Over what the replica holds. */
  readonly digest: string;
  readonly output: SuiteOutput;
  /** Whether the tool's own report is wanted. */
  readonly wantsReport: boolean;
  readonly pod: PodFacts;
  /** The pod as it is now; undefined when it is gone. */
  readonly look: () => Promise<PodFacts | undefined>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Runs one suite in one replica and judges it. Whatever goes wrong is a result, not an exception. */
export async function runSuite(run: SuiteRun): Promise<SuiteResult> {
  const { cluster, place, service, suite, digest, output, clock, signal } = run;
  const startedAt = new Date(clock.now()).toISOString();
  const start = clock.monotonic();
  const tail = new OutputTail();
  const streams = output.open({ service, suite: suite.name, replica: place.pod });
  const [stdout, stderr] = [tail.through(streams.stdout), tail.through(streams.stderr)];
  const limit = new AbortController();
  const limitMs = run.timeoutMs ?? suite.timeoutMs;
  const cancelLimit = clock.after(limitMs, () => limit.abort());
  const stop = AbortSignal.any([signal, limit.signal]);
  const wantsReport = run.wantsReport && suite.junit !== undefined;
  const ends: CommandEnd[] = [];
  const memoryBefore = readMemory(cluster, place);
  const explain = (byKill: boolean, otherwise: KdevError): Promise<KdevError> =>
    explainEnd({
      ...{ ...run, suite: suite.name, before: run.pod, memoryBefore },
      ...{ killed: byKill, otherwise },
    });
  let error: KdevError | undefined;
  try {
    if (wantsReport) await removeReport(cluster, place, suite);
    // Read beside the suite, it could count already what the suite died of.
    await orAbort(memoryBefore, stop);
    for (const command of suite.commands) {
      const argv = argvOf(command, { cwd: suite.cwd, extra: run.extra, colours: output.colours });
      const { terminal } = output;
      const end = endOf(
        await runInContainer({ cluster, place, argv, terminal, stdout, stderr, clock, stop }),
      );
      if (stop.aborted) break;
      ends.push(end);
      if (end.type === 'missing') error = missing(run, showCommand(command), end.exitCode, tail.lastLine);
      if (end.type !== 'killed') continue;
      error = await explain(true, killed(run));
      break;
    }
  } catch (thrown) {
    if (!stop.aborted) {
      ends.push({ type: 'killed', exitCode: 137 });
      error = await explain(false, thrown instanceof KdevError ? thrown : lost(run, thrown));
    }
  } finally {
    cancelLimit();
    await Promise.all([stdout, stderr].map(endStream));
  }
  const junit = wantsReport && !stop.aborted ? await readReport(cluster, place, suite) : undefined;
  const facts = { service, suite: suite.name, replica: place.pod, digest, startedAt, output: tail.text };
  const ms = Math.round(clock.monotonic() - start);
  const common = { ...facts, ms, ...(junit !== undefined && { junit }) };
  if (stop.aborted) {
    const reason = signal.aborted
      ? messageOf(signal.reason)
      : `its time limit of ${limitMs / 1_000} s is over`;
    return { ...common, state: 'stopped', reason };
  }
  const worst = worstEnd(ends);
  if (worst.type === 'passed') return { ...common, state: 'passed', exitCode: 0 };
  const { exitCode } = worst;
  if (worst.type === 'failed') {
    const { signal: name } = worst;
    return { ...common, state: 'failed', exitCode, ...(name !== undefined && { signal: name }) };
  }
  const reason = (worst.type === 'missing' ? error?.why : error?.what) ?? '';
  return {
    ...common,
    state: 'broken',
    ...(worst.type === 'missing' && { exitCode }),
    reason,
    ...(error && { error }),
  };
}

async function endStream(stream: Writable): Promise<void> {
  stream.end();
  // Whoever read our output has gone: that ends kdev elsewhere, and is no word about the suite.
  await finished(stream).catch(() => undefined);
}

function missing({ suite, place }: SuiteRun, command: string, exitCode: number, said: string): KdevError {
  return new KdevError({
    code: 'test-tool-missing',
    fault: 'environment',
    what: `"${suite.name}" could not be started in ${place.pod}: ${command}`,
    why: said === '' ? `It ended with ${exitCode}: no such program, or one that may not be run.` : `${said}`,
    cure: 'Install the tool in the image that is developed in (often a Dockerfile stage of its own, named by build.target), or correct the command.',
  });
}

function killed({ suite, place }: SuiteRun): KdevError {
  return new KdevError({
    code: 'test-killed',
    fault: 'environment',
    what: `"${suite.name}" was ended by KILL in ${place.pod}.`,
    why: 'kdev did not send it, and the container lives; the node may be short of memory.',
    cure: 'Run it again; see kubectl describe node when it happens again.',
  });
}

function lost({ suite, place }: SuiteRun, thrown: unknown): KdevError {
  return new KdevError({
    code: 'test-killed',
    fault: 'environment',
    what: `The connection to "${suite.name}" in ${place.pod} broke.`,
    why: `${messageOf(thrown)}.`,
    cure: 'Run it again.',
    cause: thrown,
  });
}
