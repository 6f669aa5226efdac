import { spawn } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { followLogs } from '../../src/compose/follow-logs.ts';
import type { KdevEvent } from '../../src/core/event.ts';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import type { Service } from '../../src/core/service.ts';
import { createCluster } from '../../src/kubernetes/cluster.ts';
import { freshNamespace, testDeployment, testKubeconfig, until } from '../kubernetes/test-cluster.ts';
import { execIn, podsOf, testCluster } from './cluster.ts';
import { kdevEnv, runKdev } from './kdev.ts';
import { startLinkProxy } from './link-proxy.ts';

/**
 * Prints `<pod> <life> <number>` about 1 000 times a second, on stdout and stderr in turns; when /keep/more says how
 * many, only so many more, and /keep/limit says which number it ends at. Its container ends when it is killed, and
 * begins its next life.
 */
const talker = `
import os, sys, time
life = int(open('/keep/life').read()) + 1 if os.path.exists('/keep/life') else 1
open('/keep/life', 'w').write(str(life))
number = 0
limit = 10**9
while True:
    if limit == 10**9 and os.path.exists('/keep/more'):
        limit = number + int(open('/keep/more').read())
        open('/keep/said', 'w').write(str(limit))
        os.rename('/keep/said', '/keep/limit')
    for _ in range(20):
        if number < limit:
            stream = sys.stdout if number % 2 else sys.stderr
            stream.write(f"{os.environ['HOSTNAME']} {life} {number}\\n")
            stream.flush()
            number += 1
    time.sleep(0.02)
`;

const container = {
  command: ['sh', '-c', 'python3 -c "$TALKER"; exit 1'],
  env: [{ name: 'TALKER', value: talker }],
  volumeMounts: [{ name: 'keep', mountPath: '/keep' }],
};
const spec = { volumes: [{ name: 'keep', emptyDir: {} }], terminationGracePeriodSeconds: 1 };
const service = {
  name: 'talker',
  workload: { kind: 'Deployment', name: 'talker' },
} as unknown as Service;

let cluster: Cluster;
let namespace: string;
const stops: AbortController[] = [];

beforeAll(async () => {
  cluster = await testCluster();
});
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

async function deployTalker(replicas: number): Promise<void> {
  namespace = await freshNamespace(cluster);
  await cluster.apply(testDeployment(namespace, 'talker', container, { replicas, spec }));
}

interface Heard {
  readonly lines: string[];
  /** Numbers of one life of a pod, in the order in which they came. */
  numbers(pod: string, life: number): readonly number[];
}

function hear(from: Cluster): Heard {
  const stop = new AbortController();
  stops.push(stop);
  const lines: string[] = [];
  void followLogs({
    cluster: from,
    namespace,
    services: [service],
    containerOf: () => 'web',
    onLines: (batch) => {
      for (const { line } of batch) lines.push(line);
    },
    bus: { emit: () => undefined },
    signal: stop.signal,
  });
  return { lines, numbers: (pod, life) => numbersOf(lines, pod, life) };
}

function numbersOf(lines: readonly string[], pod: string, life: number): readonly number[] {
  const prefix = `${pod} ${life} `;
  return lines.filter((line) => line.startsWith(prefix)).map((line) => Number(line.slice(prefix.length)));
}

/** 0, 1, 2 …: nothing lost, nothing doubled. Stdout and stderr have an order each. */
function expectWhole(numbers: readonly number[], atLeast: number): void {
  expect(numbers.length).toBeGreaterThanOrEqual(atLeast);
  for (const parity of [0, 1]) {
    const own = numbers.filter((number) => number % 2 === parity);
    expect(own).toEqual(own.map((_, index) => 2 * index + parity));
  }
}

async function podNames(): Promise<readonly string[]> {
  return (await podsOf(cluster, namespace, 'talker')).map(({ name }) => name);
}

const inTalker = (pod: string, command: string) =>
  execIn(cluster, { namespace, pod, container: 'web' }, ['sh', '-c', command]);

const endTalkers =
  'for p in /proc/[0-9]*; do grep -q TALKER $p/environ && [ "$(cat $p/comm)" = python3 ] && kill -9 $(basename $p); done';
/** It ends the shell that does it as well. */
const killTalker = (pod: string) => inTalker(pod, endTalkers).catch(() => '');

/** Stops a pod's talker 1 000 numbers later, and resolves when all of them have been heard. */
async function finish(heard: Heard, pod: string, life: number): Promise<void> {
  const stop =
    'echo 1000 > /keep/new; mv /keep/new /keep/more; until cat /keep/limit 2> /dev/null; do sleep 0.1; done';
  const limit = Number(await inTalker(pod, stop));
  expect(limit).toBeGreaterThan(1_000);
  await until(() => (heard.numbers(pod, life).length >= limit ? true : undefined));
  expectWhole(heard.numbers(pod, life), limit);
  expect(heard.numbers(pod, life)).toHaveLength(limit);
}

describe('following the logs of all replicas', () => {
  it('loses and doubles nothing when a container is killed and when a pod is replaced', async () => {
    await deployTalker(2);
    const heard = hear(cluster);
    const [first = '', second = ''] = await until(async () => {
      const names = await podNames();
      return names.length === 2 && names.every((name) => heard.numbers(name, 1).length > 500)
        ? names
        : undefined;
    });

    await killTalker(first);
    await until(() => (heard.numbers(first, 2).length > 500 ? true : undefined));
    const said = await previousOf(first);
    expect(heard.numbers(first, 1)).toEqual(numbersOf(said, first, 1));
    expectWhole(heard.numbers(first, 1), 500);

    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name: second, namespace });
    const third = await until(async () =>
      (await podNames()).find(
        (name) => name !== first && name !== second && heard.numbers(name, 1).length > 500,
      ),
    );
    expectWhole(heard.numbers(second, 1), 500);

    await finish(heard, first, 2);
    await finish(heard, third, 1);
    expect(heard.lines.length).toBe(new Set(heard.lines).size);
  });

  it('loses and doubles nothing when the link is cut, and a container ends meanwhile', async () => {
    await deployTalker(1);
    const proxy = await startLinkProxy(new URL(cluster.server));
    const config = parse(testKubeconfig()) as { clusters: { cluster: Record<string, unknown> }[] };
    for (const { cluster: entry } of config.clusters) {
      entry['server'] = `https://127.0.0.1:${proxy.port}`;
      entry['tls-server-name'] = 'kubernetes';
    }
    const link = await createCluster({ kubeconfig: { type: 'text', text: JSON.stringify(config) } });
    try {
      const heard = hear(link);
      const pod = await until(async () =>
        (await podNames()).find((name) => heard.numbers(name, 1).length > 500),
      );
      for (let cut = 1; cut <= 5; cut++) {
        proxy.cut();
        const before = heard.numbers(pod, 1).length;
        await until(() => (heard.numbers(pod, 1).length > before + 300 ? true : undefined));
      }
      const killed = killTalker(pod);
      proxy.cut();
      await killed;
      await until(() => (heard.numbers(pod, 2).length > 300 ? true : undefined));
      expect(heard.numbers(pod, 1)).toEqual(numbersOf(await previousOf(pod), pod, 1));
      expectWhole(heard.numbers(pod, 1), 1_500);
      await finish(heard, pod, 2);
      expect(heard.lines.length).toBe(new Set(heard.lines).size);
    } finally {
      for (const stop of stops.splice(0)) stop.abort();
      await proxy.close();
    }
  });
});

async function previousOf(pod: string): Promise<readonly string[]> {
  const lines: string[] = [];
  const what = { namespace, pod, container: 'web', follow: false, previous: true };
  for await (const batch of cluster.logs(what)) lines.push(...batch.map(({ line }) => line));
  return lines;
}

describe('kdev logs', () => {
  let dir: string;
  let flags: readonly string[];

  beforeAll(async () => {
    dir = await mkdtemp(path.join(tmpdir(), 'kdev-logs-'));
    await writeFile(
      path.join(dir, 'dev.config.ts'),
      `import { defineConfig } from 'kdev';
export default defineConfig({ name: 'talking', manifests: 'k8s.yaml', services: { talker: { sync: { '.': '/srv' } } } });
`,
    );
    await writeFile(path.join(dir, 'k8s.yaml'), '');
    await deployTalker(2);
    flags = ['--context', cluster.context, '--namespace', namespace];
    const heard = hear(cluster);
    const names = await until(async () => {
      const found = await podNames();
      return found.length === 2 && found.every((name) => heard.numbers(name, 1).length > 100)
        ? found
        : undefined;
    });
    await Promise.all(names.map((name) => finish(heard, name, 1)));
  });
  afterAll(() => rm(dir, { recursive: true, force: true }));

  const kdev = (...args: readonly string[]) => runKdev(['logs', ...args, ...flags], { cwd: dir });

  it('prints what all replicas have said, whose it is, in the order of its times', async () => {
    const { exitCode, stdout } = await kdev('--timestamps');
    expect(exitCode).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    const heads = lines.map((line) => {
      const [from = '', said = ''] = line.split(' │ ');
      return { from, time: Date.parse(said.split(' ')[0] ?? '') };
    });
    expect(heads.filter(({ time }) => Number.isNaN(time))).toEqual([]);
    // The node stamps stdout and stderr each by itself, so one replica's own log may be out of order.
    const isLate = ({ from, time }: (typeof heads)[number], index: number): boolean => {
      const before = heads[index - 1];
      return before !== undefined && before.from !== from && time < before.time;
    };
    expect(heads.filter(isLate)).toEqual([]);
    expect(new Set(heads.map(({ from }) => from)).size).toBe(2);
    for (const name of await podNames()) {
      const own = lines
        .filter((line) => line.startsWith(name))
        .map((line) => line.split(' ').slice(3).join(' '));
      expectWhole(numbersOf(own, name, 1), 1_100);
    }
  });

  it('prints the last lines of each replica, or of one, or the lines alone', async () => {
    const [name = '', other = ''] = await podNames();
    const last = (await kdev('--tail', '3')).stdout.trimEnd().split('\n');
    expect(last.filter((line) => line.startsWith(name))).toHaveLength(3);
    expect(last.filter((line) => line.startsWith(other))).toHaveLength(3);
    const alone = (await kdev('talker', '--replica', other, '--tail', '2', '--no-names')).stdout;
    expect(alone).toMatch(new RegExp(`^${other} 1 \\d+\\n${other} 1 \\d+\\n$`));
  });

  it('says as JSON what was said when', async () => {
    const { stdout } = await kdev('--tail', '1', '--json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as KdevEvent)
      .filter((event) => event.event === 'log');
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({ service: 'talker', line: expect.stringMatching(/ 1 \d+$/) as string });
  });

  it('refuses a replica that is not there and a previous log where there is none', async () => {
    const unknown = await kdev('--replica', 'nobody');
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('replica-unknown')]);
    const previous = await kdev('--previous');
    expect([previous.exitCode, previous.stderr]).toEqual([3, expect.stringContaining('log-none')]);
    const both = await kdev('--previous', '--follow');
    expect([both.exitCode, both.stderr]).toEqual([
      2,
      expect.stringContaining('--previous cannot be followed'),
    ]);
  });

  it('follows through the end of a pod, and what is printed comes once', async () => {
    const args = ['logs', '--follow', '--no-names', ...flags];
    const executable = path.resolve(import.meta.dirname, '..', '..', 'bin', 'kdev');
    const child = spawn(process.execPath, [executable, ...args], { cwd: dir, env: kdevEnv() });
    const lines: string[] = [];
    createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
    try {
      const [name = '', other = ''] = await podNames();
      await until(() => (numbersOf(lines, name, 1).length === 200 ? true : undefined));
      await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name, namespace });
      const fresh = await until(async () =>
        (await podNames()).find(
          (found) => ![name, other].includes(found) && numbersOf(lines, found, 1).length > 500,
        ),
      );
      expectWhole(numbersOf(lines, fresh, 1), 500);
      expect(lines.length).toBe(new Set(lines).size);
    } finally {
      child.kill('SIGINT');
    }
    expect(await closed).toBe(130);
  });
});
