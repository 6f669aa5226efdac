import { afterEach, expect, it, vi } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { FakeContainer } from '../../test/fakes/container.ts';
import { FakeWatcher } from '../../test/fakes/watcher.ts';
import { systemClock } from '../core/clock.ts';
import { KdevError } from '../core/error.ts';
import type { KdevEvent } from '../core/event.ts';
import type { PodFacts } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';
import { Session } from './session.ts';

const service: Service = {
  name: 'adder',
  workload: { kind: 'Deployment', name: 'adder' },
  mappings: [{ from: 'src', to: '/app', ignore: [], mirror: false }],
  restart: ['**/*.py'],
  rebuild: ['requirements.txt'],
  ports: [],
  graceMs: 1_000,
  gateWaitMs: 1_000,
  onCrash: 'hold',
  dependsOn: [],
  storage: 'auto',
  tests: [],
};

const sessions: Session[] = [];
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.stop()));
});

const pod = (name: string, restarts = 0): PodFacts => ({
  ...{ name, uid: name, phase: 'Running', deleting: false, ready: false, sidecarStarted: true },
  containers: { app: { containerId: 'c', imageId: 'i', restarts, state: 'running' } },
  revision: '1',
});

function begin(
  names: readonly string[],
  dial?: (container: FakeContainer) => ReturnType<FakeContainer['dial']>,
) {
  const watcher = new FakeWatcher();
  const containers = new Map(names.map((name) => [name, new FakeContainer()]));
  const events: KdevEvent[] = [];
  const replaced: string[] = [];
  const rebuilds: string[] = [];
  let setPods: (pods: readonly PodFacts[]) => void = () => undefined;
  const session = new Session({
    services: [service],
    watcher,
    clock: systemClock,
    bus: { emit: (event) => events.push(event) },
    inBase: () => false,
    replicasOf: () => undefined,
    confirmed: false,
    rebuild: async (_service, { reason }) => {
      rebuilds.push(reason);
    },
    replacePod: (_service, name) => replaced.push(name),
    watchPods: (_service, onPods) => {
      setPods = onPods;
      onPods(names.map((name) => pod(name)));
    },
    dial: async ({ pod: name }) => {
      const container = containers.get(name) ?? new FakeContainer();
      containers.set(name, container);
      return dial === undefined ? container.dial() : dial(container);
    },
  });
  sessions.push(session);
  const start = async () => {
    await session.start(new AbortController().signal);
    session.connect('adder');
  };
  const inSync = () => vi.waitFor(() => expect(session.status()[0]?.inSync).toBe(true), { timeout: 10_000 });
  return {
    watcher,
    containers,
    events,
    replaced,
    rebuilds,
    session,
    start,
    inSync,
    setPods: (pods: readonly PodFacts[]) => setPods(pods),
  };
}

it('a session whose service was taken writes nothing more: no save, no restart, no rebuild, no later pod', async () => {
  const { watcher, containers, session, start, inSync, events, rebuilds, setPods } = begin(['one', 'two']);
  await start();
  await inSync();
  const [one] = containers.values();
  const before = one?.batches.length;
  session.supersede('adder', 'lena has taken it over');
  watcher.save('src/demo.py', 'v2');
  watcher.save('requirements.txt', 'six');
  setPods([pod('one'), pod('three')]);
  await session.whenInSync('adder', 1, new AbortController().signal).catch((error: KdevError) => {
    expect(error).toMatchObject({ code: 'session-superseded' });
  });
  // The rebuild lane would have begun after its 300 ms.
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(one?.batches).toHaveLength(before ?? 0);
  expect(one?.starts).toHaveLength(1);
  expect(containers.has('three')).toBe(false);
  expect(rebuilds).toEqual([]);
  const told = events.filter((event) => event.event === 'problem' && event.code === 'session-superseded');
  expect(told).toHaveLength(1);
  expect(session.status()[0]?.replicas.map(({ state }) => state)).toEqual(['superseded']);
});

it('one replica that refuses an old term ends the writing to all of them', async () => {
  const { containers, session, start } = begin(['one', 'two'], async (container) => {
    if (container === containers.get('two')) {
      throw new KdevError({ code: 'session-superseded', fault: 'environment', what: 'term 9 has it' });
    }
    return container.dial();
  });
  await start();
  await eventually(() =>
    expect(session.status()[0]?.replicas.map(({ state }) => state)).toEqual(['superseded', 'superseded']),
  );
});

it('a change of the pod ends the wait before the next dial', async () => {
  let dials = 0;
  const { session, start, inSync, setPods } = begin(['one'], async (container) => {
    dials += 1;
    if (dials < 8) throw new KdevError({ code: 'link-lost', fault: 'environment', what: 'cut' });
    return container.dial();
  });
  await start();
  // Without a hint the eighth dial would come 9.5 s after the first.
  const hints = setInterval(() => setPods([pod('one', dials)]), 20);
  try {
    await inSync();
  } finally {
    clearInterval(hints);
  }
  expect(dials).toBe(8);
  expect(session.status()[0]?.replicas).toHaveLength(1);
});

it('a container whose image was changed in place has its pod replaced', async () => {
  const { start, replaced, session } = begin(['one'], async (container) => {
    const endpoint = await container.dial();
    const problem = { code: 'other-image', message: 'the journal belongs to another image' } as const;
    return { ...endpoint, welcome: { ...endpoint.welcome, problem } };
  });
  await start();
  await eventually(() => expect(replaced).toEqual(['one']));
  expect(session.status()[0]?.replicas[0]).toMatchObject({ state: 'waiting', inSync: false });
});
