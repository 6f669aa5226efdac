import { afterEach, expect, it, vi } from 'vitest';
import { FakeContainer } from '../../test/fakes/container.ts';
import { FakeWatcher } from '../../test/fakes/watcher.ts';
import { type Clock, systemClock } from '../core/clock.ts';
import type { KdevEvent } from '../core/event.ts';
import { Session } from './session.ts';

const sessions: Session[] = [];
afterEach(async () => {
  await Promise.all(sessions.splice(0).map((session) => session.stop()));
});

it.each([
  ['an hour ahead', 3_600_000],
  ['an hour back', -3_600_000],
])(
  'a wall clock that jumps %s between saves delays nothing, restarts once and makes no time negative (A46)',
  async (_how, jump) => {
    let offset = 0;
    const clock: Clock = { ...systemClock, now: () => Date.now() + offset };
    const watcher = new FakeWatcher();
    const container = new FakeContainer();
    const events: KdevEvent[] = [];
    const session = new Session({
      services: [
        {
          ...{ name: 'adder', workload: { kind: 'Deployment', name: 'adder' } },
          mappings: [{ from: 'src', to: '/app', ignore: [], mirror: false }],
          ...{
            restart: ['**/*.py'],

            rebuild: [],
            ports: [],
            graceMs: 1_000,
            gateWaitMs: 1_000,
          },
          ...{ onCrash: 'hold', dependsOn: [], storage: 'auto', tests: [] },
        },
      ],
      watcher,
      clock,
      bus: { emit: (event) => events.push(event) },
      inBase: () => false,
      replicasOf: () => undefined,
      confirmed: false,
      rebuild: async () => undefined,
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
    await session.start(new AbortController().signal);
    session.connect('adder');
    await vi.waitFor(() => expect(session.status()[0]?.inSync).toBe(true));
    offset = jump;
    watcher.save('src/demo.py', 'v2', { atomic: false });
    const named = (name: KdevEvent['event']) => events.filter(({ event }) => event === name);
    await vi.waitFor(() => expect(named('restarted')).toHaveLength(1));
    const [synced] = named('synced') as Extract<KdevEvent, { event: 'synced' }>[];
    for (const ms of Object.values(synced?.stages ?? {})) expect(ms).toBeGreaterThanOrEqual(0);
    expect(session.status()[0]?.inSync).toBe(true);
  },
);
