import { afterEach, describe, expect, it } from 'vitest';
import { KdevError } from '../../src/core/error.ts';
import type { ServiceStatus } from '../../src/core/service-status.ts';
import type { Handler } from '../../src/daemon/serve-client.ts';
import type { DaemonServer } from '../../src/daemon/serve-daemon.ts';
import { makePlace, type Place, runKdev, smallProject } from './kdev-command.ts';
import { serveProject } from './project-daemon.ts';

const places: Place[] = [];
const daemons: DaemonServer[] = [];
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.close();
  for (const place of places.splice(0)) place.remove();
});

const replica = {
  pod: 'adder-1',
  state: 'live' as const,
  why: '',
  seq: 41,
  digest: 'abcdef0123456789',
  inSync: true,
  incarnation: '1/2',
  app: { state: 'running', pid: 12 },
  stale: false,
};

const live: ServiceStatus = {
  service: 'adder',
  digest: 'abcdef0123456789',
  seq: 41,
  building: false,
  inSync: true,
  replicas: [replica, { ...replica, pod: 'adder-2' }],
};

const never: Handler = (_, signal) =>
  new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));

function makeProject(): Place {
  const place = makePlace(smallProject);
  places.push(place);
  return place;
}

async function watched(status: ServiceStatus, settle: Handler, place = makeProject()): Promise<Place> {
  const daemon = await serveProject(place, {
    settle,
    status: async () => ({ services: [status], problems: [], paused: false, held: [] }),
  });
  daemons.push(daemon);
  return place;
}

describe('kdev wait', () => {
  it('ends with 0 when the session has settled, and says on what', async () => {
    const place = await watched(live, async () => [live]);
    const { code, stdout } = await runKdev(place, 'wait', '--synced');
    expect(stdout).toBe('✓ adder in sync: 2 replicas on #41  abcdef012345\n');
    expect(code).toBe(0);
  });

  it('asks for the services that are named', async () => {
    let asked: unknown;
    const place = await watched(live, async (params) => {
      asked = params;
      return [live];
    });
    await runKdev(place, 'wait', 'adder');
    expect(asked).toEqual({ services: ['adder'] });
    expect(await runKdev(place, 'wait', 'ader')).toMatchObject({ code: 2 });
  });

  it('ends with 1 when the time is over, and says what is missing', async () => {
    const dialling = { ...replica, state: 'dialling' as const, why: 'refused', inSync: false };
    const behind = { ...live, inSync: false, building: true, replicas: [dialling] };
    const place = await watched(behind, never);
    const { code, stdout } = await runKdev(place, 'wait', '--timeout', '200ms');
    expect(stdout).toContain('✗ not in sync after');
    expect(stdout).toContain('adder: adder-1 dialling: refused');
    expect(stdout).toContain('adder is being rebuilt');
    expect(code).toBe(1);
  });

  it('ends at once where waiting is no use, with the reason', async () => {
    const place = await watched(live, async () => {
      throw new KdevError({ code: 'build-failed', fault: 'user', what: 'No.', where: 'Dockerfile:3' });
    });
    const { code, stderr } = await runKdev(place, 'wait');
    expect(stderr).toContain('build-failed');
    expect(stderr).toContain('Dockerfile:3');
    expect(code).toBe(2);
  });

  it('ends with 1 and the status soon where the link to every replica stays lost (A30)', async () => {
    const why = 'The cluster at https://10.0.0.1 did not answer.';
    const lost = { ...replica, state: 'dialling' as const, why, inSync: false };
    const place = await watched({ ...live, inSync: false, replicas: [lost] }, never);
    const { code, stdout } = await runKdev(place, 'wait', '--synced', '--timeout', '60s', '--json');
    const answer = JSON.parse(stdout) as { ms: number };
    expect(answer).toMatchObject({ inSync: false, missing: [`adder: adder-1 dialling: ${why}`] });
    expect(answer.ms).toBeLessThan(15_000);
    expect(code).toBe(1);
  });

  it('goes on waiting while another replica is connected, or one was never reached yet', async () => {
    const lost = { ...replica, pod: 'adder-2', state: 'dialling' as const, why: 'cut', inSync: false };
    for (const replicas of [[{ ...replica, inSync: false }, lost], [{ ...lost, incarnation: '' }]]) {
      const place = await watched({ ...live, inSync: false, replicas }, never);
      const { stdout } = await runKdev(place, 'wait', '--synced', '--timeout', '2s', '--json');
      expect((JSON.parse(stdout) as { ms: number }).ms).toBeGreaterThanOrEqual(1_900);
    }
  });

  it('ends with 1 where no kdev watch runs', async () => {
    const { code, stdout } = await runKdev(makeProject(), 'wait', '--synced', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ session: null, inSync: false, services: [] });
    expect(code).toBe(1);
  });

  it('takes a kdev watch that starts at this moment', async () => {
    const place = makeProject();
    const waited = runKdev(place, 'wait', '--synced');
    await watched(live, async () => [live], place);
    expect(await waited).toMatchObject({ code: 0 });
  });
});
