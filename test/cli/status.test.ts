import path from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { DaemonServer } from '../../src/daemon/serve-daemon.ts';
import type { SessionStatus } from '../../src/daemon/session-client.ts';
import { makePlace, type Place, runKdev, smallProject } from './kdev-command.ts';
import { serveProject } from './project-daemon.ts';

const places: Place[] = [];
const daemons: DaemonServer[] = [];
afterEach(async () => {
  for (const daemon of daemons.splice(0)) await daemon.close();
  for (const place of places.splice(0)) place.remove();
});

const live: SessionStatus['services'][number] = {
  service: 'adder',
  digest: 'abcdef0123456789',
  seq: 41,
  building: false,
  inSync: true,
  replicas: ['adder-1', 'adder-2'].map((pod) => ({
    pod,
    state: 'live' as const,
    why: '',
    seq: 41,
    digest: 'abcdef0123456789',
    inSync: true,
    incarnation: '1/2',
    app: { state: 'running', pid: 12 },
    stale: false,
  })),
};

async function watched(status: Pick<SessionStatus, 'services' | 'problems'>): Promise<Place> {
  const place = makePlace(smallProject);
  places.push(place);
  const daemon = await serveProject(place, {
    status: () => Promise.resolve({ paused: false, held: [], ...status }),
  });
  daemons.push(daemon);
  return place;
}

describe('status of a running session', () => {
  it('comes from its socket, without a cluster, and is 0 when everything is in sync', async () => {
    const place = await watched({ services: [live], problems: [] });
    const { code, stdout } = await runKdev(place, 'status');
    expect(stdout).toBe(
      [
        'shop in local (namespace shop)',
        'kdev watch 0.1.0, process 4711, since 2026-01-02T03:04:05.000Z',
        '',
        'SERVICE  REPLICA  STATE    EDITS  DIGEST',
        'adder    adder-1  in sync  #41    abcdef012345',
        '         adder-2  in sync  #41    abcdef012345',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  it('is 1 when something is not in sync, and says what', async () => {
    const [first, second] = live.replicas;
    if (!first || !second) throw new Error('two replicas are needed');
    const behind = { ...second, inSync: false, state: 'dialling' as const, why: 'connection refused' };
    const place = await watched({
      services: [{ ...live, inSync: false, replicas: [first, behind] }],
      problems: [
        {
          key: 'adder/adder-2',
          code: 'link-lost',
          message: 'no connection',
          cure: 'wait',
          since: '2026-01-02T03:04:05.000Z',
        },
      ],
    });
    const { code, stdout } = await runKdev(place, 'status');
    expect(stdout).toContain('dialling');
    expect(stdout).toContain('connection refused');
    expect(stdout).toContain('✗ no connection  link-lost');
    expect(code).toBe(1);
  });

  it('is the session’s own facts with --json', async () => {
    const place = await watched({ services: [live], problems: [] });
    const { stdout } = await runKdev(
      place,
      'status',
      '--json',
      '--config',
      path.join(place.root, 'dev.config.ts'),
    );
    expect(JSON.parse(stdout)).toEqual({
      project: 'shop',
      environment: 'local',
      namespace: 'shop',
      session: {
        pid: 4711,
        since: '2026-01-02T03:04:05.000Z',
        version: '0.1.0',
        context: 'cluster-a',
      },
      inSync: true,
      services: [live],
      problems: [],
      paused: false,
      held: [],
    });
  });

  it.each([
    ['--context', 'cluster-b'],
    ['--namespace', 'elsewhere'],
  ])('is not that of a session of another place (%s)', async (option, name) => {
    const place = await watched({ services: [live], problems: [] });
    // No cluster is there to be asked instead.
    const { code, stdout, stderr } = await runKdev(place, 'status', option, name);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/kubeconfig-missing|context-unknown|box-unknown/);
    expect([2, 3]).toContain(code);
  });

  it('says what waits for a person', async () => {
    const waiting = { ...live, inSync: false, unsent: 3, held: 80, buildFailed: 'No.' };
    const place = await watched({ services: [waiting], problems: [] });
    const { stdout } = await runKdev(place, 'status');
    expect(stdout).toContain('the last rebuild failed, 3 paths not sent, 80 deletions held');
  });
});
