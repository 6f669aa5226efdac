import { expect, it } from 'vitest';
import { pod } from '../../test/fakes/session.ts';
import type { Clock } from '../core/clock.ts';
import type { KdevEvent } from '../core/event.ts';
import type { PodFacts } from '../core/ports/cluster.ts';
import type { Service } from '../core/service.ts';
import { BackOffs } from './back-offs.ts';

const service = { name: 'web', workload: { kind: 'Deployment', name: 'web' } } as Service;

function endingPod(name: string, restarts: number, backOffMs?: number): PodFacts {
  const waiting = { containerId: '', imageId: '', restarts, state: 'waiting', reason: 'CrashLoopBackOff' };
  return {
    ...pod(name),
    containers: {
      app: backOffMs === undefined ? { ...waiting, state: 'running' } : { ...waiting, backOffMs },
    },
    trouble: 'app keeps ending (exit code 3)',
  };
}

function begin(of: Service = service) {
  const events: Extract<KdevEvent, { event: 'problem' }>[] = [];
  let now = 1_000_000;
  const clock: Clock = { now: () => now, monotonic: () => now, after: () => () => undefined };
  const bus = { emit: (event: KdevEvent) => void (event.event === 'problem' && events.push(event)) };
  const backOffs = new BackOffs({ service: of, bus, clock });
  return { backOffs, events, pass: (ms: number) => (now += ms) };
}

it('a container that the kubelet lets wait is told once with the time, and once more when that is over', () => {
  const { backOffs, events, pass } = begin();
  backOffs.take([endingPod('a', 3, 40_000)]);
  pass(1_000);
  backOffs.take([endingPod('a', 3, 40_000)]);
  expect(events).toMatchObject([
    {
      code: 'container-backoff',
      replica: 'a',
      resolved: false,
      cure: expect.stringContaining('kdev restart web'),
    },
  ]);
  expect(events[0]?.message).toMatch(/exit code 3.*starts it again at \d\d:\d\d:\d\d at the latest/);
  expect(backOffs.until('a')).toBe(1_040_000);
  backOffs.take([endingPod('a', 4)]);
  expect(events.at(-1)).toMatchObject({ resolved: true, replica: 'a' });
  expect(backOffs.until('a')).toBeUndefined();
});

it('only what would take longer than another pod is ended by a save', () => {
  const { backOffs, pass } = begin();
  backOffs.take([endingPod('short', 1, 9_000), endingPod('long', 3, 40_000)]);
  expect(backOffs.pods(true)).toEqual(['long']);
  expect(backOffs.pods(false)).toEqual(['short', 'long']);
  pass(31_000);
  expect(backOffs.pods(true)).toEqual([]);
});

it('a pod that is gone waits no more, and a bare pod is never replaced', () => {
  const { backOffs, events } = begin();
  backOffs.take([endingPod('a', 3, 40_000)]);
  backOffs.take([]);
  expect(events.at(-1)).toMatchObject({ resolved: true });
  const bare = begin({ ...service, workload: { kind: 'Pod', name: 'web' } });
  bare.backOffs.take([endingPod('a', 3, 40_000)]);
  expect(bare.backOffs.pods(false)).toEqual([]);
  expect(bare.events[0]?.cure).not.toContain('kdev restart');
});
