import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { appPid, execIn, podsOf, testCluster } from './cluster.ts';
import { discardBox } from './discard-box.ts';
import { runKdev, Watching } from './kdev.ts';
import { type LinkProxy, startLinkProxy } from './link-proxy.ts';
import { makeProject, type TestProject } from './project.ts';

const patiently = { timeout: 120_000, interval: 100 };
const namespace = 'link';
/** `node test/life/long-outage.mjs` makes it five minutes. */
const outageMs = Number(process.env['KDEV_TEST_OUTAGE_MS'] ?? 5_000);

let cluster: Cluster;
let project: TestProject;
let proxy: LinkProxy;
let watching: Watching;
let saves = 0;

beforeAll(async () => {
  cluster = await testCluster();
  project = await makeProject('layer', namespace);
  proxy = await startLinkProxy(new URL(cluster.server));
  watching = await watchThroughProxy();
});
afterAll(async () => {
  proxy?.mend();
  await watching?.stop();
  await proxy?.close();
  await project?.remove();
  // Its API server does not belong to it any more.
  await discardBox();
});

/** A `kdev watch` that reaches the API server through the proxy only. */
async function watchThroughProxy(): Promise<Watching> {
  const file = process.env['KDEV_TEST_KUBECONFIG'] ?? '';
  const config = parse(await readFile(file, 'utf8')) as { clusters: { cluster: Record<string, unknown> }[] };
  for (const each of config.clusters) {
    Object.assign(each.cluster, {
      server: `https://127.0.0.1:${proxy.port}`,
      'tls-server-name': 'kubernetes',
    });
  }
  const through = path.join(project.dir, 'kubeconfig');
  await writeFile(through, stringify(config), { mode: 0o600 });
  const begun = new Watching(project.dir, project.flags, { KUBECONFIG: through });
  await begun.event('ready');
  return begun;
}

async function onlyPod(): Promise<string> {
  return (await podsOf(cluster, namespace, 'web'))[0]?.name ?? '';
}

async function inPod(...command: string[]): Promise<string> {
  return execIn(cluster, { namespace, pod: await onlyPod(), container: 'web' }, command);
}

/** Its pid, which changes with every start. */
async function app(): Promise<string> {
  const pod = { namespace, pod: await onlyPod(), container: 'web' };
  return vi.waitUntil(() => appPid(cluster, pod, 'python3 server.py'), patiently);
}

async function save(): Promise<string> {
  saves += 1;
  await project.save('app/message.txt', `save ${saves}`);
  return `save ${saves}`;
}

async function arrives(text: string): Promise<void> {
  await vi.waitFor(async () => expect(await inPod('cat', '/srv/app/message.txt')).toBe(text), patiently);
}

/** Whole from its first instant here, so that any other content in the container is a half-applied one. */
async function saveLarge(content: Buffer): Promise<void> {
  const file = path.join(project.dir, 'app', 'large.bin');
  await writeFile(`${file}.tmp.${process.pid}`, content);
  await rename(`${file}.tmp.${process.pid}`, file);
}

/** Waits until kdev says what is wrong, and returns that. */
function trouble(mark: number) {
  return watching.event('problem', ({ resolved, replica }) => !resolved && replica !== undefined, {
    from: mark,
  });
}

describe('a link', () => {
  it('that is cut comes back by itself, names its cause meanwhile, and restarts nothing', async () => {
    const before = await app();
    const mark = watching.events.length;
    proxy.cut();
    const text = await save();
    expect(await trouble(mark)).toMatchObject({ code: 'link-lost' });
    await arrives(text);
    await watching.event('problem', ({ resolved, replica }) => resolved && replica !== undefined, {
      from: mark,
    });
    expect(await app()).toBe(before);
  });

  it(`that is away for ${outageMs / 1_000} s delivers what was saved and deleted meanwhile (R7)`, async () => {
    const mark = watching.events.length;
    await project.save('app/doomed.txt', 'x');
    await vi.waitFor(async () => expect(await inPod('cat', '/srv/app/doomed.txt')).toBe('x'), patiently);
    proxy.refuse();
    await trouble(mark);
    await rm(path.join(project.dir, 'app', 'doomed.txt'));
    const text = await save();
    // The outage itself, not a wait for something to have happened.
    await new Promise((resolve) => setTimeout(resolve, outageMs));
    proxy.mend();
    await arrives(text);
    await vi.waitFor(
      async () => expect(await inPod('ls', '/srv/app')).not.toContain('doomed.txt'),
      patiently,
    );
  });

  it('that swallows every byte is noticed without a word from it, and left for another (A47)', async () => {
    const mark = watching.events.length;
    proxy.swallow();
    const text = await save();
    const said = await trouble(mark);
    expect(['link-lost', 'agent-silent']).toContain(said.code);
    expect(said.message).not.toBe('');
    proxy.mend();
    await arrives(text);
  });
});

describe('the other ends', () => {
  it('an agent that is killed comes back, with the app left alone (R6)', async () => {
    const before = await app();
    const mark = watching.events.length;
    // The pod shares its processes, so the app's own shell sees the agent.
    const script =
      'for each in /proc/[0-9]*; do case "$(tr "\\0" " " < $each/cmdline 2>/dev/null)" in node*agent.mjs*) kill -KILL $(basename $each);; esac; done; true';
    await inPod('sh', '-c', script);
    await trouble(mark);
    const text = await save();
    await arrives(text);
    expect(await app()).toBe(before);
  });

  it('an API server that is killed and started again costs nothing but time', async () => {
    const mark = watching.events.length;
    const started = await restartApiServer(async () => {
      await trouble(mark);
      await save();
    });
    try {
      await arrives(`save ${saves}`);
    } finally {
      started.unref();
    }
  });

  it('a box of which a program ended is told to be broken by whoever needs the box itself (box-broken)', async () => {
    const { exitCode, stderr } = await runKdev(['gc', ...project.flags], { cwd: project.dir });
    expect(exitCode).toBe(3);
    expect(stderr).toContain('it is broken: kube-apiserver ended');
  });

  it('a kdev that is killed in the middle of a batch leaves whole files only, and the next one finishes (R5)', async () => {
    const content = randomBytes(48 * 1024 * 1024);
    const whole = createHash('sha256').update(content).digest('hex');
    const mark = watching.events.length;
    await saveLarge(content);
    await watching.event('plan', () => true, { from: mark });
    watching.signal('SIGKILL');
    await watching.finished;
    const left = await inPod('sh', '-c', 'sha256sum /srv/app/large.bin 2>/dev/null || true');
    if (left !== '') expect(left).toContain(whole);
    watching = await watchThroughProxy();
    expect(await inPod('sha256sum', '/srv/app/large.bin')).toContain(whole);
  });

  it('a pod that is replaced while a batch is on its way has everything in its successor (M3)', async () => {
    const pod = await onlyPod();
    const content = randomBytes(32 * 1024 * 1024);
    const mark = watching.events.length;
    await saveLarge(content);
    const text = await save();
    await watching.event('plan', () => true, { from: mark });
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name: pod, namespace });
    await vi.waitFor(async () => expect(await onlyPod()).not.toBe(pod), patiently);
    await arrives(text);
    await vi.waitFor(
      async () =>
        expect(await inPod('sha256sum', '/srv/app/large.bin')).toContain(
          createHash('sha256').update(content).digest('hex'),
        ),
      patiently,
    );
  });
});

/** Kills the box's API server, does something meanwhile, and starts the same command again in the box. */
async function restartApiServer(meanwhile: () => Promise<void>) {
  const address = new URL(cluster.server).hostname;
  const argvOf = (pid: string): string[] => {
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    } catch {
      return []; // it ended
    }
  };
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const server = pids.find((pid) => {
    const argv = argvOf(pid);
    return /kube-apiserver$/.test(argv[0] ?? '') && argv.includes(`--advertise-address=${address}`);
  });
  if (server === undefined) throw new Error(`no API server of ${address} runs here`);
  const argv = argvOf(server);
  const init = readFileSync(`/proc/${server}/stat`, 'utf8').split(') ')[1]?.split(' ')[1] ?? '';
  process.kill(Number(server), 'SIGKILL');
  await meanwhile();
  const started = spawn(
    '/usr/bin/nsenter',
    ['--target', init, '--mount', '--net', '--uts', '--ipc', '--pid', ...argv],
    {
      detached: true,
      stdio: 'ignore',
    },
  );
  return started;
}
