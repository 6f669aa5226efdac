import { execFile } from 'node:child_process';
import { access, mkdir, readFile, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { writeOciImage } from '../../src/artifacts/oci-image.ts';
import { treeToTar } from '../../src/artifacts/tree-to-tar.ts';
import type { Box } from '../../src/box/box.ts';
import { boxFiles } from '../../src/box/box-files.ts';
import { createBox } from '../../src/box/create-box.ts';
import { deleteBox } from '../../src/box/delete-box.ts';
import { boxShell, openBox } from '../../src/box/enter-box.ts';
import { listBoxes } from '../../src/box/list-boxes.ts';
import { killForGood, readIdentity } from '../../src/box/process-identity.ts';
import { seedRegistry } from '../../src/box/registry-storage.ts';
import { ociArchitecture } from '../../src/box/stand-ins.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { type BoxPlaceForTests, boxPlace } from './box-place.ts';
import { type Kubectl, kubectlFor } from './kubectl.ts';
import { type MachineState, machineState } from './machine-state.ts';

const run = promisify(execFile);
let place: BoxPlaceForTests;
let before: MachineState;
let one: Box;
let two: Box;
let kubectl: Kubectl;
let kubectlTwo: Kubectl;
const ids = (): string[] => [place.idOf('one'), place.idOf('two')];

beforeAll(async () => {
  place = await boxPlace();
  before = machineState(ids());
  one = await createBox({ ...place.options, name: 'one' });
  // The second one looks up what it has no stand-in for in the registry of the first.
  const settings = { upstream: `http://${one.registry.host}` };
  two = await createBox({ ...place.options, name: 'two', settings });
  kubectl = await kubectlFor(one.kubeconfig);
  kubectlTwo = await kubectlFor(two.kubeconfig);
}, 1_200_000);

afterAll(async () => {
  await kubectl?.close();
  await kubectlTwo?.close();
  await place.remove();
});

/** An image of one file, written into the storage of a box's own registry. */
async function seedUpstream(reference: string): Promise<string> {
  const folder = path.join(place.stateDir, 'upstream');
  const layoutDir = path.join(folder, reference.replaceAll(/\W/g, '-'));
  await mkdir(path.join(folder, 'tree'), { recursive: true });
  await writeFile(path.join(folder, 'tree', 'marker'), reference);
  const tar = path.join(folder, 'layer.tar');
  await treeToTar({ tree: path.join(folder, 'tree'), tar, reporter: silentReporter });
  const { digest } = await writeOciImage({
    into: layoutDir,
    layers: [tar],
    config: { Entrypoint: ['/marker'] },
    platform: { os: 'linux', architecture: ociArchitecture() },
    reference,
    reporter: silentReporter,
  });
  const storage = path.join(boxFiles({ stateDir: place.stateDir }, 'one').data, 'registry');
  await seedRegistry(storage, [{ reference, layoutDir }]);
  return digest;
}

const runPod = (name: string, image: string, command: readonly string[]): readonly string[] => [
  'run',
  name,
  `--image=${image}`,
  '--restart=Never',
  '--command',
  '--',
  ...command,
];

describe('a box that was just made', () => {
  test('has a node that is Ready, for the ordinary kubectl of the host', async () => {
    expect(await kubectl(['config', 'current-context'])).toBe('box-one\n');
    const [name, status, , , version] = (await kubectl(['get', 'nodes', '--no-headers'])).trim().split(/\s+/);
    expect({ name, status, version }).toEqual({ name: 'one', status: 'Ready', version: 'v1.34.4' });
  });

  test('runs a pod that the cluster’s DNS answers', async () => {
    await kubectl(runPod('dns', 'busybox:1.35', ['sleep', '10000']));
    await kubectl(['wait', '--for=condition=Ready', 'pod/dns', '--timeout=200s']);
    const cluster = await kubectl(['exec', 'dns', '--', 'nslookup', 'kubernetes.default.svc.cluster.local']);
    expect(cluster).toContain('Name:\tkubernetes.default.svc.cluster.local');
    expect(await kubectl(['exec', 'dns', '--', 'cat', '/etc/resolv.conf'])).toContain(
      'search default.svc.cluster.local',
    );
  });

  test('says in its cluster where its registry and its mirror are', async () => {
    const configMap = async (name: string): Promise<Record<string, string>> =>
      JSON.parse(await kubectl(['get', 'configmap', '-n', 'kube-public', name, '-o', 'json'])).data;
    expect((await configMap('local-registry-hosting'))['localRegistryHosting.v1']).toContain(
      `host: ${one.registry.host}`,
    );
    expect(await configMap('kdev-box')).toMatchObject({
      registry: one.registry.host,
      mirror: one.mirror.host,
    });
    expect((await configMap('kdev-box'))['standIns']?.split('\n')).toContain(
      'docker.io/library/python:3.11-slim',
    );
  });

  test('enforces pod security', async () => {
    await kubectl(['create', 'namespace', 'strict']);
    await kubectl(['label', 'namespace', 'strict', 'pod-security.kubernetes.io/enforce=restricted']);
    // Without it pods are refused for another reason.
    await kubectl(['-n', 'strict', 'wait', '--for=create', 'serviceaccount/default', '--timeout=200s']);
    const refused = kubectl(['-n', 'strict', ...runPod('lax', 'busybox:1.35', ['true'])]);
    await expect(refused).rejects.toThrow(/violates PodSecurity "restricted:latest"/);
  });

  test('runs native sidecars, shared process namespaces, services, exec and ephemeral containers', async () => {
    await kubectl(['apply', '-f', path.join(import.meta.dirname, 'web.yaml')]);
    await kubectl(['rollout', 'status', 'deployment/web', '--timeout=200s']);
    const processes = await kubectl(['exec', 'deployment/web', '-c', 'beside', '--', 'ps']);
    expect(processes).toMatch(/ 12345 +\/pause\n[\s\S]* httpd -f/);
    await vi.waitFor(
      async () =>
        expect(await kubectl(['exec', 'dns', '--', 'wget', '-qO-', 'http://web/'])).toMatch(/^web-/),
      { timeout: 100_000 },
    );
    const [pod] = (await kubectl(['get', 'pods', '-l', 'app=web', '-o', 'name'])).split('\n');
    const debug = [
      'debug',
      pod ?? '',
      '--image=busybox:1.35',
      '--target=web',
      '-c',
      'later',
      '--profile=general',
    ];
    await kubectl([...debug, '--', 'sleep', '1000']);
    await vi.waitFor(
      async () =>
        expect(await kubectl(['exec', pod ?? '', '-c', 'later', '--', 'cat', '/proc/1/comm'])).toBe(
          'pause\n',
        ),
      { timeout: 100_000 },
    );
  });

  test('is left as it is by a second create with equal settings', async () => {
    const again = await createBox({ ...place.options, name: 'one', settings: { subnet: undefined } });
    expect(again).toEqual(one);
  });

  test('is not given up for other settings under the same name', async () => {
    const other = createBox({ ...place.options, name: 'one', settings: { subnet: '10.99.0.0/22' } });
    await expect(other).rejects.toMatchObject({
      code: 'box-settings-differ',
      fault: 'user',
      cure: expect.stringContaining('kdev box delete one'),
    });
    expect((await openBox({ stateDir: place.stateDir }, 'one')).pid).toBe(one.pid);
  });

  test('is listed, with its address', async () => {
    expect(await listBoxes({ stateDir: place.stateDir })).toMatchObject([
      { name: 'one', works: true, address: one.address },
      { name: 'two', works: true, address: two.address },
    ]);
  });

  test('lets a person in, as on a machine of its own', async () => {
    const [command = '', ...args] = await boxShell({ stateDir: place.stateDir }, 'one', [
      'sh',
      '-c',
      'hostname; kubectl get nodes -o name; ls /proc/1/exe',
    ]);
    expect((await run(command, args)).stdout).toBe('one\nnode/one\n/proc/1/exe\n');
    expect(hostname()).not.toBe('one');
  });

  test('takes an image for its mirror later on, and forgets the former one of that name', async () => {
    const image = async (text: string): Promise<string> => {
      const folder = path.join(place.stateDir, `late-${text}`);
      await mkdir(path.join(folder, 'tree'), { recursive: true });
      const busybox = path.join(folder, 'tree', 'text');
      await writeFile(busybox, text);
      const tar = path.join(folder, 'layer.tar');
      await treeToTar({ tree: path.join(folder, 'tree'), tar, reporter: silentReporter });
      const reference = 'docker.io/kdev/late:1';
      await writeOciImage({
        into: path.join(folder, 'image'),
        layers: [tar],
        config: { Entrypoint: ['/text'] },
        platform: { os: 'linux', architecture: ociArchitecture() },
        reference,
        reporter: silentReporter,
      });
      await createBox({
        ...place.options,
        name: 'one',
        images: [{ reference, layoutDir: path.join(folder, 'image') }],
      });
      return reference;
    };
    const pullAndRead = async (): Promise<string> => {
      const script =
        'ctr -n k8s.io images mount docker.io/kdev/late:1 /mnt >/dev/null && cat /mnt/text; ctr -n k8s.io images unmount --rm /mnt >/dev/null';
      const pull =
        'ctr -n k8s.io images ls -q | grep -q late:1 || ctr -n k8s.io images pull --hosts-dir /etc/containerd/certs.d docker.io/kdev/late:1 >/dev/null';
      const [command = '', ...args] = await boxShell({ stateDir: place.stateDir }, 'one', [
        'sh',
        '-ec',
        `${pull}; ${script}`,
      ]);
      return (await run(command, args)).stdout;
    };
    await image('first');
    expect(await pullAndRead()).toBe('first');
    await image('second');
    expect(await pullAndRead()).toBe('second');
  });
});

describe('docker.io names', () => {
  test('are looked up in the upstream registry when there is no stand-in', async () => {
    const digest = await seedUpstream('docker.io/library/only-upstream:1');
    await kubectlTwo(runPod('upstream', 'only-upstream:1', ['/marker']));
    await vi.waitFor(
      async () => {
        const images = await kubectlTwo(['get', 'node', 'two', '-o', 'jsonpath={.status.images[*].names}']);
        const events = await kubectlTwo(['get', 'events', '-o', 'jsonpath={.items[*].message}']);
        expect(images + events).toMatch(new RegExp(`${digest}|Successfully pulled image "only-upstream:1"`));
      },
      { timeout: 150_000, interval: 200 },
    );
  });

  test('are answered by the stand-in first', async () => {
    await seedUpstream('docker.io/library/busybox:1.35');
    await kubectlTwo(runPod('stand-in', 'busybox:1.35', ['echo', 'from the stand-in']));
    await kubectlTwo(['wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/stand-in', '--timeout=200s']);
    expect(await kubectlTwo(['logs', 'stand-in'])).toBe('from the stand-in\n');
  });
});

describe('two boxes at once', () => {
  test('have addresses, pods and host ports of their own', async () => {
    const manifest = (text: string): string =>
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'port' },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [
            {
              name: 'port',
              image: 'busybox:1.35',
              command: ['sh', '-c', `mkdir /w; echo ${text} > /w/index.html; exec httpd -f -p 8080 -h /w`],
              ports: [{ containerPort: 8080, hostPort: 18080 }],
            },
          ],
        },
      });
    await kubectl(['apply', '-f', '-'], manifest('one'));
    await kubectlTwo(['apply', '-f', '-'], manifest('two'));
    for (const [each, box, text] of [
      [kubectl, one, 'one\n'],
      [kubectlTwo, two, 'two\n'],
    ] as const) {
      await each(['wait', '--for=condition=Ready', 'pod/port', '--timeout=200s']);
      await vi.waitFor(
        async () => expect(await (await fetch(`http://${box.address}:18080/`)).text()).toBe(text),
        {
          timeout: 100_000,
        },
      );
    }
    expect(await kubectlTwo(['get', 'pods', '--no-headers', '-o', 'name'])).not.toContain('pod/dns');
  });

  test('leave the machine’s own settings as they are', async () => {
    expect((await readFile('/proc/sys/vm/overcommit_memory', 'utf8')).trim()).toBe(overcommit);
  });
});

const overcommit = await readFile('/proc/sys/vm/overcommit_memory', 'utf8').then((text) => text.trim());

describe('a box that broke', () => {
  test('is told apart from one that works, and replaced by the next create', async () => {
    const files = boxFiles({ stateDir: place.stateDir }, 'two');
    const identity = await readIdentity(files.initPid);
    if (identity) await killForGood(identity);
    expect(await listBoxes({ stateDir: place.stateDir })).toMatchObject([
      { name: 'one', works: true },
      { name: 'two', works: false, why: 'does not run any more' },
    ]);
    await expect(openBox({ stateDir: place.stateDir }, 'two')).rejects.toMatchObject({
      code: 'box-broken',
      cure: expect.stringContaining('kdev box create two'),
    });
    const steps: string[] = [];
    const reporter = { step: (text: string) => steps.push(text), detail: () => undefined };
    const replaced = await createBox({ ...place.options, name: 'two', reporter });
    expect(steps).toContain('replacing the box two, which does not run any more');
    expect(replaced.pid).not.toBe(two.pid);
  });

  test('is seen as broken when one of its programs ended', async () => {
    const { stdout } = await run('pgrep', ['-f', `kubelet .*--node-ip=${two.address}`]);
    process.kill(Number(stdout.trim()), 'SIGKILL');
    await vi.waitFor(
      async () =>
        expect((await listBoxes({ stateDir: place.stateDir }))[1]).toMatchObject({
          name: 'two',
          works: false,
          why: expect.stringContaining('kubelet ended (signal killed)'),
          address: two.address,
        }),
      { timeout: 60_000 },
    );
  });
});

describe('deleting', () => {
  test('one box leaves the other alone', async () => {
    await deleteBox({ stateDir: place.stateDir, name: 'two', reporter: silentReporter });
    expect(await kubectl(['get', 'node', 'one', '--no-headers'])).toContain(' Ready ');
    await expect(access(boxFiles({ stateDir: place.stateDir }, 'two').dir)).rejects.toThrow('ENOENT');
  });

  test('the last one leaves the machine as it was', async () => {
    await deleteBox({ stateDir: place.stateDir, name: 'one', reporter: silentReporter });
    expect(await listBoxes({ stateDir: place.stateDir })).toEqual([]);
    expect(machineState(ids())).toEqual(before);
  });

  test('a box that is not there is an error that lists those that are', async () => {
    const deleted = deleteBox({ stateDir: place.stateDir, name: 'three', reporter: silentReporter });
    await expect(deleted).rejects.toMatchObject({
      code: 'box-unknown',
      fault: 'user',
      why: 'There is no box at all.',
    });
  });
});
