import { expect, vi } from 'vitest';
import { type Clock, systemClock } from '../../src/core/clock.ts';
import { KdevError } from '../../src/core/error.ts';
import type { KdevEvent } from '../../src/core/event.ts';
import type { PodFacts } from '../../src/core/ports/cluster.ts';
import type { Watcher } from '../../src/core/ports/watcher.ts';
import type { Service } from '../../src/core/service.ts';
import type { RebuildWish } from '../../src/session/rebuild-lane.ts';
import { Session } from '../../src/session/session.ts';
import { seeEvent } from '../events/valid-event.ts';
import { FakeContainer, fileEntry } from './container.ts';
import { FakeWatcher } from './watcher.ts';

const service: Service = {
  name: 'adder',
  workload: { kind: 'Deployment', name: 'adder' },
  build: { dockerfile: 'Dockerfile', context: '.', args: {} },
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

const { build: _build, ...unbuilt } = service;

const sessions: Session[] = [];

/** To be called after each test. */
export async function stopSessions(): Promise<void> {
  await Promise.all(sessions.splice(0).map((session) => session.stop()));
}

/** A pod whose sidecar runs, and nothing else yet. */
export function pod(name: string): PodFacts {
  return {
    name,
    uid: name,
    phase: 'Running',
    deleting: false,
    ready: false,
    sidecarStarted: true,
    containers: {},
    revision: '1',
  };
}

interface Options {
  /** What is different from the service that the others have. */
  readonly service?: Partial<Service>;
  readonly clock?: Clock;
  readonly pods?: readonly string[];
  readonly superseded?: boolean;
  readonly confirmed?: boolean;
  readonly built?: boolean;
}

/** A session on one service over fakes: what a person does to the tree, and what arrives in the containers. */
export function begin<W extends Watcher = FakeWatcher>(options: Options & { readonly watcher?: W } = {}) {
  // Without one of its own the test gets the fake.
  const watcher = options.watcher ?? (new FakeWatcher() as Watcher as W);
  const containers = new Map((options.pods ?? ['pod-1']).map((name) => [name, new FakeContainer()]));
  const events: KdevEvent[] = [];
  const rebuilds: string[] = [];
  /** What the next rebuilds do; they succeed at once otherwise. */
  const building: { run: (wish: RebuildWish, signal: AbortSignal) => Promise<void> } = {
    run: async () => undefined,
  };
  let setPods: (pods: readonly PodFacts[]) => void = () => undefined;
  const session = new Session({
    services: [{ ...(options.built === false ? unbuilt : service), ...options.service }],
    watcher,
    clock: options.clock ?? systemClock,
    bus: {
      emit: (event) => {
        seeEvent({ ...event, time: new Date().toISOString() });
        events.push(event);
      },
    },
    inBase: (_service, path) => path === '/app/built.txt',
    rebuild: async (_service, wish, signal) => {
      rebuilds.push(wish.forced ? `${wish.reason} (forced)` : wish.reason);
      await building.run(wish, signal);
    },
    replicasOf: () => containers.size,
    confirmed: options.confirmed ?? false,
    watchPods: (_service, onPods) => {
      setPods = onPods;
      onPods([...containers.keys()].map(pod));
    },
    dial: async ({ pod: name }) => {
      if (options.superseded) {
        throw new KdevError({ code: 'session-superseded', fault: 'environment', what: 'term 9 has it' });
      }
      const container = containers.get(name);
      if (container === undefined) throw new Error(`no pod ${name}`);
      return container.dial();
    },
  });
  sessions.push(session);
  const start = async () => {
    await session.start(new AbortController().signal);
    session.connect('adder');
  };
  const [first] = containers.values();
  const named = <T extends KdevEvent['event']>(name: T) =>
    events.filter((event): event is Extract<KdevEvent, { event: T }> => event.event === name);
  const inSync = () => vi.waitFor(() => expect(session.status()[0]?.inSync).toBe(true), { timeout: 10_000 });
  return {
    watcher,
    containers,
    container: first as FakeContainer,
    session,
    start,
    events,
    named,
    rebuilds,
    building,
    inSync,
    setPods: (names: string[]) => setPods(names.map(pod)),
  };
}

export function digestOf(text: string): string {
  return fileEntry(Buffer.from(text)).digest;
}

export function contentOf(container: FakeContainer, path: string): string | undefined {
  const entry = container.files.get(path)?.entry;
  return entry?.type === 'file' ? entry.digest : undefined;
}
