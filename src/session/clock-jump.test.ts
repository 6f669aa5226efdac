import { afterEach, expect, it } from 'vitest';
import { eventually } from '../../test/eventually.ts';
import { begin, stopSessions } from '../../test/fakes/session.ts';
import { type Clock, systemClock } from '../core/clock.ts';

afterEach(stopSessions);

it.each([
  ['an hour ahead', 3_600_000],
  ['an hour back', -3_600_000],
])(
  'a wall clock that jumps %s between saves delays nothing, restarts once and makes no time negative (A46)',
  async (_how, jump) => {
    let offset = 0;
    const clock: Clock = { ...systemClock, now: () => Date.now() + offset };
    const { watcher, session, start, inSync, named } = begin({
      clock,
      built: false,
      service: { rebuild: [] },
    });
    await start();
    await inSync();
    offset = jump;
    watcher.save('src/demo.py', 'v2', { atomic: false });
    await eventually(() => expect(named('restarted')).toHaveLength(1));
    const [synced] = named('synced');
    for (const ms of Object.values(synced?.stages ?? {})) expect(ms).toBeGreaterThanOrEqual(0);
    await inSync();
    expect(session.status()[0]?.inSync).toBe(true);
  },
);
