import { describe, expect, it } from 'vitest';
import { KdevError } from '../core/error.ts';
import { type BoxFacts, boxChecks } from './box-checks.ts';
import { type Check, type Finding, runCheck } from './finding.ts';
import { inotifyCheck } from './inotify.ts';
import type { Machine } from './machine.ts';
import { machineChecks } from './machine-checks.ts';

const { signal } = new AbortController();

/** A machine where everything is right, but for what is said. */
function machine(facts: Partial<Machine> = {}, files: Record<string, string> = {}): Machine {
  const texts: Record<string, string> = {
    '/proc/filesystems': 'nodev\ttmpfs\nnodev\toverlay\n',
    '/proc/mounts': 'tmpfs /sys/fs/cgroup tmpfs rw 0 0\n',
    '/proc/sys/fs/inotify/max_user_watches': '1048576\n',
    '/proc/sys/fs/inotify/max_user_instances': '1024\n',
    ...files,
  };
  return {
    platform: 'linux',
    uid: 0,
    nodeVersion: 'v20.20.2',
    hasProgram: async () => true,
    folder: async () => ({ freeBytes: 1e11, writable: true }),
    read: async (file) => texts[file],
    write: async (file, text) => {
      files[file] = text;
      texts[file] = text;
    },
    ...facts,
  };
}

async function run(checks: readonly Check[]): Promise<readonly Finding[]> {
  return (await Promise.all(checks.map((check) => runCheck(check, signal)))).flat();
}
const notOk = (findings: readonly Finding[]) => findings.filter(({ status }) => status !== 'ok');
const folders = { cache: '/cache', state: '/state' };

describe('the machine', () => {
  it('has nothing to complain of where everything is there', async () => {
    expect(notOk(await run([...machineChecks(machine(), folders), inotifyCheck(machine())]))).toEqual([]);
  });

  it.each<[string, Partial<Machine>, string, string]>([
    ['an old Node.js', { nodeVersion: 'v20.18.9' }, 'node-version', 'v20.18.9'],
    ['no flock', { hasProgram: async (name) => name !== 'flock' }, 'locking', 'flock'],
    [
      'a full disk',
      { folder: async () => ({ freeBytes: 5e8, writable: true }) },
      'disk-cache',
      '476.8 MiB are free for /cache',
    ],
    [
      'a folder that is not writable',
      { folder: async () => ({ freeBytes: 1e12, writable: false }) },
      'disk-state',
      '/state cannot be written',
    ],
  ])('fails with %s, and says what to do', async (_what, facts, check, says) => {
    const found = await run(machineChecks(machine(facts), folders));
    expect(found).toContainEqual(
      expect.objectContaining({
        check,
        status: 'fail',
        says: expect.stringContaining(says),
        cure: expect.any(String),
      }),
    );
  });

  it('raises a low limit of inotify as root, now and at boot, and leaves other settings alone', async () => {
    const files: Record<string, string> = {
      '/proc/sys/fs/inotify/max_user_watches': '8192\n',
      '/etc/sysctl.d/60-kdev.conf':
        'fs.inotify.max_user_instances = 1024\nfs.inotify.max_user_watches = 8192\n',
    };
    const low = machine({}, files);
    const [finding] = notOk(await run([inotifyCheck(low)]));
    expect(finding).toMatchObject({ check: 'inotify-max-user-watches', status: 'warn' });
    await finding?.fix?.run(signal);
    expect(notOk(await run([inotifyCheck(low)]))).toEqual([]);
    expect(files['/etc/sysctl.d/60-kdev.conf']).toBe(
      'fs.inotify.max_user_instances = 1024\nfs.inotify.max_user_watches = 1048576\n',
    );
  });

  it('leaves limits to root', async () => {
    const files = { '/proc/sys/fs/inotify/max_user_watches': '8192\n' };
    const [finding] = notOk(await run([inotifyCheck(machine({ uid: 1000 }, files))]));
    expect(finding?.cure).toBe('sudo sysctl fs.inotify.max_user_watches=1048576');
    expect(finding?.fix).toBeUndefined();
  });

  it('knows no such limits on another system', async () => {
    const found = await run([inotifyCheck(machine({ platform: 'darwin' }))]);
    expect(found).toMatchObject([{ status: 'skipped' }]);
  });
});

describe('boxes', () => {
  const facts: BoxFacts = {
    why: 'there is no kubeconfig',
    packages: ['mmdebstrap'],
    missingPackages: async () => [],
    install: async () => undefined,
    isDebian: async () => true,
    list: async () => [],
  };
  const failing = async (m: Machine, f: Partial<BoxFacts> = {}) =>
    notOk(await run(boxChecks(m, { ...facts, ...f })));

  it('can be made by root on Linux', async () => {
    expect(await failing(machine())).toEqual([]);
  });

  it('need Linux, root, and a kernel with what they are made of', async () => {
    expect(await failing(machine({ platform: 'darwin' }))).toMatchObject([
      { check: 'box-machine', status: 'fail' },
      { check: 'box-kernel', status: 'skipped' },
    ]);
    expect(await failing(machine({ uid: 1000 }))).toMatchObject([{ check: 'box-machine', status: 'fail' }]);
    const files = {
      '/proc/filesystems': 'nodev\ttmpfs\n',
      '/proc/sys/user/max_pid_namespaces': '0\n',
      '/proc/mounts': '',
    };
    expect(await failing(machine({}, files))).toMatchObject([
      { says: 'The kernel lacks the overlay file system, pid namespaces, mounted cgroups.' },
    ]);
  });

  it('take Debian packages, which root can have installed', async () => {
    let installed: readonly string[] = [];
    const [finding] = await failing(machine(), {
      missingPackages: async () => ['mmdebstrap'],
      install: async (names) => {
        installed = names;
      },
    });
    expect(finding).toMatchObject({ check: 'box-packages', status: 'warn' });
    await finding?.fix?.run(signal);
    expect(installed).toEqual(['mmdebstrap']);
    const [forOthers] = await failing(machine({ uid: 1000 }), {
      missingPackages: async () => ['mmdebstrap'],
    });
    expect(forOthers).toMatchObject({ check: 'box-machine' });
  });

  it('that are broken are named', async () => {
    const list = async () => [{ name: 'demo', works: false, why: 'has ended' }];
    expect(await failing(machine(), { list })).toMatchObject([
      { check: 'box/demo', status: 'warn', says: 'The box demo cannot be used: it has ended.' },
    ]);
  });
});

it('a check that throws is a finding with the error’s own words', async () => {
  const check: Check = {
    area: 'cluster',
    check: 'cluster-reachable',
    run: async () => {
      throw new KdevError({
        ...{ code: 'cluster-unreachable', fault: 'environment', what: 'No answer.' },
        ...{ why: 'It is off.', cure: 'Switch it on.', where: 'kubeconfig:3' },
      });
    },
  };
  expect(await runCheck(check, signal)).toEqual([
    {
      ...{ area: 'cluster', check: 'cluster-reachable', status: 'fail' },
      ...{ says: 'No answer. (kubeconfig:3) It is off.', cure: 'Switch it on.' },
    },
  ]);
});
