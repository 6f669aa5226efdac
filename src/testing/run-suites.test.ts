import { describe, expect, it } from 'vitest';
import { systemClock } from '../core/clock.ts';
import type { KdevEvent } from '../core/event.ts';
import type { Cluster, PodFacts } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';
import type { ReplicaStatus, ServiceStatus } from '../core/service-status.ts';
import { eventOutput } from './output.ts';
import { runSuites, type SuitesRun } from './run-suites.ts';

const names = ['unit', 'functional', 'lint'];
const service: Service = {
  name: 'adder',
  workload: { kind: 'Deployment', name: 'adder' },
  ...{ mappings: [], restart: [], rebuild: [], ports: [], graceMs: 1, gateWaitMs: 1, dependsOn: [] },
  ...{ onCrash: 'hold', storage: 'auto' },
  tests: names.map((name) => ({ name, commands: [[name]], timeoutMs: 60_000 })),
};

function replica(pod: string, inSync = true, app = 'running'): ReplicaStatus {
  return {
    ...{ pod, state: 'live', why: '', seq: 7, digest: 'abc', inSync, incarnation: '1', app: { state: app } },
    stale: false,
  };
}

function pod(name: string): PodFacts {
  const container = { containerId: 'c1', imageId: 'i', restarts: 0, state: 'running' };
  return {
    ...{ name, uid: `uid-${name}`, phase: 'Running', deleting: false, ready: true, sidecarStarted: true },
    ...{ containers: { adder: container }, revision: '1' },
  };
}

/** A session over a list of replicas; suites end with the codes given, 0 without one. */
function scene(options: {
  readonly replicas?: readonly ReplicaStatus[];
  readonly codes?: Readonly<Record<string, number>>;
  readonly onExec?: (suite: string) => void;
  readonly change?: { seq?: number; digest?: string; building?: boolean; unsent?: number };
}) {
  const { replicas = [replica('adder-1')], codes = {}, onExec } = options;
  const events: KdevEvent[] = [];
  let status: ServiceStatus = {
    ...{ service: 'adder', digest: 'abc', seq: 7, building: false, replicas, inSync: true },
  };
  let settled = 0;
  const ran: string[] = [];
  const exec: Cluster['exec'] = async ({ pod: where, command }) => {
    // What asks the container's memory; this one has none to tell of.
    if (command[0] === 'cat') return { exitCode: 1 };
    const suite = command.at(-1) ?? '';
    ran.push(`${suite} in ${where}`);
    onExec?.(suite);
    status = { ...status, ...options.change };
    return { exitCode: codes[suite] ?? 0 };
  };
  const bus = { emit: (event: KdevEvent) => void events.push(event) };
  const abort = new AbortController();
  const run: SuitesRun = {
    ...{ service, suites: service.tests, namespace: 'shop', bus, clock: systemClock, signal: abort.signal },
    session: {
      settle: async () => {
        settled += 1;
        return [status];
      },
      status: () => [status],
    },
    cluster: { exec },
    pods: async () => replicas.map((each) => pod(each.pod)),
    containerOf: () => 'adder',
    output: eventOutput(bus, false),
  };
  return { run, events, ran, abort, settled: () => settled };
}

function told(events: readonly KdevEvent[]): readonly string[] {
  return events.flatMap((event) =>
    event.event === 'test' ? [`${event.suite} ${event.state}${event.outdated ? ' outdated' : ''}`] : [],
  );
}

describe('suites', () => {
  it('run one after the other in the first replica by name that is in sync, whatever its app does', async () => {
    const replicas = [replica('adder-3'), replica('adder-1', false), replica('adder-2', true, 'held')];
    const { run, ran, events, settled } = scene({ replicas, codes: { unit: 1 } });
    const { results } = await runSuites(run);
    expect(ran).toEqual(names.map((name) => `${name} in adder-2`));
    expect(told(events)).toEqual([
      ...['unit started', 'unit failed', 'functional started', 'functional passed'],
      ...['lint started', 'lint passed'],
    ]);
    expect(results.map(({ state }) => state)).toEqual(['failed', 'passed', 'passed']);
    expect(settled()).toBe(1);
  });

  it('run in the replica that is named', async () => {
    const replicas = [replica('adder-1'), replica('adder-2')];
    const { run, ran } = scene({ replicas });
    await runSuites({ ...run, replica: 'adder-2' });
    expect(ran[0]).toBe('unit in adder-2');
    await expect(runSuites({ ...run, replica: 'adder-9' })).rejects.toMatchObject({
      code: 'replica-unknown',
      why: 'It has: adder-1, adder-2.',
    });
  });

  it('need a replica that is in sync', async () => {
    const { run } = scene({ replicas: [replica('adder-1', false)] });
    await expect(runSuites(run)).rejects.toMatchObject({ code: 'replica-none' });
  });

  it.each([[{ seq: 8 }], [{ digest: 'def' }], [{ building: true }], [{ unsent: 1 }]])(
    'are outdated when a save came in between: %j',
    async (change) => {
      const { run, events } = scene({ change });
      const { results } = await runSuites({ ...run, suites: service.tests.slice(0, 1) });
      expect(told(events)).toEqual(['unit started', 'unit passed outdated']);
      expect(results[0]?.outdated).toBe(true);
    },
  );

  it('do not begin after an abort, and the one that ran is stopped', async () => {
    const { run, events, abort } = scene({ onExec: () => abort.abort(new Error('ended by SIGINT')) });
    const { results } = await runSuites(run);
    expect(told(events)).toEqual(['unit started', 'unit stopped']);
    expect(results).toMatchObject([{ state: 'stopped', reason: 'ended by SIGINT' }]);
  });

  it('choose anew after one that could not run', async () => {
    const { run, settled } = scene({ codes: { unit: 127, functional: 1 } });
    const { results } = await runSuites(run);
    expect(results.map(({ state }) => state)).toEqual(['broken', 'failed', 'passed']);
    expect(settled()).toBe(2);
  });
});
