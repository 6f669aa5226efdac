import { expect, it } from 'vitest';
import type { ReplicaStatus, ServiceStatus } from '../../core/service-status.ts';
import { noFacts, type ServiceFacts } from './model.ts';
import { serviceRow } from './service-row.ts';

const replica: ReplicaStatus = {
  ...{ pod: 'one', state: 'live', why: '', seq: 41, digest: 'd', inSync: true, incarnation: 'i' },
  ...{ app: { state: 'running', pid: 7 }, stale: false },
};
const fine: ServiceStatus = {
  ...{ service: 'adder', digest: 'd', seq: 41, building: false, inSync: true },
  replicas: [replica, { ...replica, pod: 'two' }],
};
const behind = {
  ...fine,
  inSync: false,
  replicas: [replica, { ...replica, pod: 'two', inSync: false, seq: 40 }],
};
const all = (change: Partial<ReplicaStatus>): ServiceStatus => ({
  ...fine,
  replicas: fine.replicas.map((each) => ({ ...each, ...change })),
});
const begun = (state: 'started' | 'failed' | 'done') => ({ state, at: 1_000, reason: '' });

it.each([
  [fine, {}, 'good', 'running', '2/2 on #41'],
  [{ ...fine, seq: 0 }, {}, 'good', 'running', '2/2'],
  [behind, {}, 'busy', 'syncing', '1/2 on #41'],
  [{ ...behind, unsent: 3 }, {}, 'busy', 'paused', '1/2 on #41'],
  [{ ...fine, replicas: [] }, {}, 'off', 'no pod yet', ''],
  [undefined, {}, 'off', 'no pod yet', ''],
  [all({ state: 'dialling', inSync: false }), {}, 'busy', 'connecting', '0/2 on #41'],
  [
    { ...fine, replicas: [replica, { ...replica, state: 'dialling' as const }] },
    {},
    'busy',
    'reconnecting',
    '2/2 on #41',
  ],
  [all({ restartsAt: '1970-01-01T00:00:40.000Z' }), {}, 'bad', 'crashed, back in 27 s', '2/2 on #41'],
  [all({ restartsAt: '1970-01-01T00:00:01.000Z' }), {}, 'bad', 'crashed', '2/2 on #41'],
  [all({ state: 'superseded' }), {}, 'bad', 'taken over', '2/2 on #41'],
  [all({ stale: true }), {}, 'bad', 'stale code', '2/2 on #41'],
  [all({ app: { state: 'held' } }), {}, 'bad', 'crashed', '2/2 on #41'],
  [all({ app: { state: 'waiting' } }), {}, 'busy', 'starting', '2/2 on #41'],
  [fine, { crashed: { two: 'exit code 3' } }, 'bad', 'crashed, exit code 3', '2/2 on #41'],
  // A pod that has gone meanwhile.
  [fine, { crashed: { gone: 'exit code 3' } }, 'good', 'running', '2/2 on #41'],
  [fine, { build: begun('started') }, 'busy', 'building 12 s', '2/2 on #41'],
  [fine, { build: { ...begun('started'), seq: 41 } }, 'busy', 'building #41 12 s', '2/2 on #41'],
  [{ ...fine, building: true }, {}, 'busy', 'building', '2/2 on #41'],
  [fine, { build: begun('failed') }, 'bad', 'build failed', '2/2 on #41'],
  [
    fine,
    { build: begun('done'), rollout: { ...begun('started'), state: 'started' } },
    'busy',
    'rolling out 12 s',
    '2/2 on #41',
  ],
  [fine, { rollout: { state: 'stuck', at: 1_000, reason: '' } }, 'bad', 'rollout stuck', '2/2 on #41'],
  [{ ...fine, held: 60 }, {}, 'bad', 'deletions held', '2/2 on #41'],
] satisfies [ServiceStatus | undefined, Partial<ServiceFacts>, string, string, string][])(
  '%#: of what is known of a service its row says what matters most',
  (status, facts, mark, state, replicas) => {
    const row = serviceRow({ name: 'adder', status, facts: { ...noFacts, ...facts }, now: 13_000 });
    expect(row).toMatchObject({ mark, state, replicas });
  },
);
