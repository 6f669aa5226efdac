import { afterEach, describe, expect, it, vi } from 'vitest';
import { FakeContainer } from '../../test/fakes/container.ts';
import { FakeWatcher } from '../../test/fakes/watcher.ts';
import { systemClock } from '../core/clock.ts';
import type { KdevEvent } from '../core/event.ts';
import type { ImageBuild, Service } from '../core/service.ts';
import { Session } from './session.ts';

const install = 'pip install -r requirements.txt';
const service: Service = {
  name: 'adder',
  workload: { kind: 'Deployment', name: 'adder' },
  mappings: [{ from: 'src', to: '/app', ignore: [], mirror: false }],
  restart: ['**/*.py', '**/requirements.txt'],
  rebuild: [],
  run: [{ when: ['**/requirements.txt'], command: ['sh', '-c', install], timeoutMs: 60_000 }],
  ports: [],
  graceMs: 1_000,
  gateWaitMs: 1_000,
  onCrash: 'hold',
  dependsOn: [],
  storage: 'auto',
  tests: [],
};
const build: ImageBuild = { dockerfile: 'Dockerfile', context: '.', args: {} };

const sessions: Session[] = [];
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.stop()));
});

async function begin(options: { readonly build?: ImageBuild } = {}) {
  const watcher = new FakeWatcher();
  const container = new FakeContainer();
  const events: KdevEvent[] = [];
  const rebuilds: string[] = [];
  const session = new Session({
    services: [{ ...service, ...options }],
    watcher,
    clock: systemClock,
    bus: { emit: (event) => events.push(event) },
    inBase: () => false,
    replicasOf: () => undefined,
    confirmed: false,
    rebuild: async (_service, { reason }) => {
      rebuilds.push(reason);
    },
    watchPods: (_service, onPods) =>
      onPods([
        {
          ...{ name: 'pod-1', uid: '1', phase: 'Running', deleting: false, ready: false },
          ...{ sidecarStarted: true, containers: {}, revision: '1' },
        },
      ]),
    dial: () => container.dial(),
  });
  sessions.push(session);
  const start = async () => {
    await session.start(new AbortController().signal);
    session.connect('adder');
  };
  const inSync = () => vi.waitFor(() => expect(session.status()[0]?.inSync).toBe(true), { timeout: 10_000 });
  const named = <T extends KdevEvent['event']>(name: T) =>
    events.filter((event): event is Extract<KdevEvent, { event: T }> => event.event === name);
  return { watcher, container, rebuilds, start, inSync, named, session };
}

function promiseWithResolve() {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

describe('a run step', () => {
  it('runs after its files arrived and before the app restarts', async () => {
    const { watcher, container, start, inSync, named } = await begin();
    await start();
    await inSync();
    watcher.save('src/requirements.txt', 'six');
    await vi.waitFor(() => expect(named('restarted')).toHaveLength(1));
    expect(container.runs).toEqual([install]);
    expect(container.starts.at(-1)?.has('/app/requirements.txt')).toBe(true);
    expect(
      named('plan')
        .at(-1)
        ?.steps.map(({ step }) => step),
    ).toEqual(['sync', 'run', 'restart']);
    expect(named('ran')[0]).toMatchObject({ command: install, exitCode: 0, replica: 'pod-1' });
    expect(named('log')[0]).toMatchObject({ line: 'running', source: 'run' });
  });

  it('does not run for files that it does not name', async () => {
    const { watcher, container, start, inSync, named } = await begin();
    await start();
    await inSync();
    watcher.save('src/demo.py', 'v1');
    await vi.waitFor(() => expect(named('restarted')).toHaveLength(1));
    expect(container.runs).toEqual([]);
  });

  it('runs before the app of a new container starts for the first time', async () => {
    const { watcher, container, start, inSync } = await begin();
    const held = promiseWithResolve();
    container.runGate = held.promise;
    watcher.save('src/requirements.txt', 'six');
    await start();
    await vi.waitFor(() => expect(container.runs).toEqual([install]));
    expect(container.gate).toBe('shut');
    held.resolve();
    await inSync();
    expect(container.starts).toHaveLength(1);
  });

  it('does not hold up the saves that come while it runs', async () => {
    const { watcher, container, start, inSync, named } = await begin();
    await start();
    await inSync();
    const held = promiseWithResolve();
    container.runGate = held.promise;
    watcher.save('src/requirements.txt', 'six');
    await vi.waitFor(() => expect(container.runs).toHaveLength(1));
    watcher.save('src/demo.py', 'v2');
    await vi.waitFor(() => expect(container.files.has('/app/demo.py')).toBe(true));
    expect(named('restarted')).toHaveLength(0);
    held.resolve();
    await vi.waitFor(() => expect(named('restarted')).toHaveLength(1));
  });

  it('that fails is a problem with its last lines, restarts nothing, and the next good save heals it (R13)', async () => {
    const { watcher, container, start, inSync, named, rebuilds } = await begin();
    await start();
    await inSync();
    container.runExitCode = 1;
    watcher.save('src/requirements.txt', 'sixx');
    await vi.waitFor(() => expect(named('problem').at(-1)?.code).toBe('run-failed'));
    expect(named('problem').at(-1)?.message).toContain(`\`${install}\` ended with code 1`);
    expect(named('problem').at(-1)?.message).toContain('running');
    await inSync();
    expect(named('restarted')).toHaveLength(0);
    container.runExitCode = 0;
    watcher.save('src/requirements.txt', 'six');
    await vi.waitFor(() => expect(named('restarted')).toHaveLength(1));
    expect(named('problem').at(-1)).toMatchObject({ code: 'run-failed', resolved: true });
    expect(rebuilds).toEqual([]);
  });

  it('that fails builds the image anew where there is a build', async () => {
    const { watcher, container, start, inSync, rebuilds } = await begin({ build });
    await start();
    await inSync();
    container.runExitCode = 1;
    watcher.save('src/requirements.txt', 'sixx');
    await vi.waitFor(() => expect(rebuilds).toEqual([`${install} failed`]));
  });

  it('that a broken connection left in doubt runs again', async () => {
    const { watcher, container, start, inSync, named } = await begin();
    await start();
    await inSync();
    container.cutAt = { batch: container.batches.length + 1, applied: true };
    watcher.save('src/requirements.txt', 'six');
    await vi.waitFor(() => expect(named('ran')).toHaveLength(1), { timeout: 10_000 });
    await inSync();
    expect(container.batches.some(({ runs }) => runs?.length === 1)).toBe(true);
  });
});
