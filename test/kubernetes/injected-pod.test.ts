import { Writable } from 'node:stream';
import { expect, test } from 'vitest';
import { podLayout } from '../../src/core/pod-layout.ts';
import type { ImageConfig } from '../../src/core/ports/builder.ts';
import type { KubernetesObject, PodFacts } from '../../src/core/ports/cluster.ts';
import type { Service } from '../../src/core/service.ts';
import { imageNames } from '../../src/images/image-names.ts';
import { inject } from '../../src/inject/inject.ts';
import { workloadSecret, workloadSecretName } from '../../src/inject/workload-secret.ts';
import type { Pod } from '../../src/kubernetes/pod.ts';
import { generateKeys } from '../../src/transport/keys.ts';
import {
  firstBytes,
  freshNamespace,
  type TestContainer,
  testCluster,
  testDeployment,
  until,
} from './test-cluster.ts';

const cluster = await testCluster();
const workload = { kind: 'Deployment', name: 'web' } as const;
const appUid = 12345;
/** Root's own in the image. */
const mapped = '/usr/lib/python3.11/json';

function service(extra: Partial<Service>): Service {
  return {
    name: 'web',
    workload,
    mappings: [{ from: 'src', to: mapped, ignore: [], mirror: false }],
    restart: [],
    rebuild: [],
    ports: [],
    graceMs: 1000,
    gateWaitMs: 600_000,
    onCrash: 'hold',
    dependsOn: [],
    storage: 'auto',
    tests: [],
    ...extra,
  };
}

const rootImage: ImageConfig = {
  entrypoint: [],
  command: ['python3', '-m', 'http.server', '8000'],
  user: '',
  workingDir: '/',
  env: [],
};

const restricted = {
  securityContext: {
    runAsNonRoot: true,
    runAsUser: appUid,
    runAsGroup: appUid,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    seccompProfile: { type: 'RuntimeDefault' },
  },
};

async function start(options: {
  readonly container: TestContainer;
  readonly service?: Partial<Service>;
  readonly level?: string;
}) {
  const level = options.level ?? 'privileged';
  const namespace = await freshNamespace(cluster, { 'pod-security.kubernetes.io/enforce': level });
  const { object, problems } = inject({
    object: testDeployment(namespace, 'web', options.container),
    targets: [{ service: service(options.service ?? {}), container: 'web' }],
    images: { sidecar: imageNames.sidecar, restarter: imageNames.restarter },
    imageConfigs: { web: rootImage },
    secretName: workloadSecretName(workload),
  });
  await cluster.apply(
    workloadSecret({ workload, namespace, project: 'test', keys: generateKeys(), term: 0 }),
  );
  await cluster.apply(object);
  const pod = await startedPod(namespace);
  return { namespace, pod, problems, object };
}

function startedPod(namespace: string): Promise<string> {
  const stop = new AbortController();
  return new Promise<string>((resolve, reject) => {
    const onPods = (pods: readonly PodFacts[]): void => {
      const [pod] = pods;
      if (pod?.trouble !== undefined) reject(new Error(pod.trouble));
      if (pod?.sidecarStarted && pod.containers['web']?.state === 'running') resolve(pod.name);
    };
    cluster.watchPods({ namespace, workload, signal: stop.signal, onPods, onTrouble: () => undefined });
  }).finally(() => stop.abort());
}

async function output(namespace: string, pod: string, container: string, command: readonly string[]) {
  let text = '';
  const stdout = new Writable({
    write: (chunk: Buffer, _, done) => {
      text += chunk.toString();
      done();
    },
  });
  const { exitCode } = await cluster.exec({ namespace, pod, container, command, stdout, stderr: stdout });
  return { exitCode, text: text.trim() };
}

async function sshBanner(namespace: string, pod: string): Promise<string> {
  return until(async () =>
    firstBytes(await cluster.portForward({ namespace, pod, port: podLayout.sshPort })),
  );
}

const sidecar = podLayout.sidecarContainer;

test('a non-root app under PodSecurity restricted starts gated, its sidecar reachable and of the same identity', async () => {
  const { namespace, pod, problems } = await start({ container: restricted, level: 'restricted' });
  expect(problems).toEqual([]);
  expect(await sshBanner(namespace, pod)).toMatch(/^SSH-2\.0-/);
  const script = `cat ${mapped}/__init__.py > ${mapped}/probe && stat -c %u ${mapped}/probe ${mapped}/decoder.py`;
  const written = await output(namespace, pod, 'web', ['sh', '-c', script]);
  expect(written).toEqual({ exitCode: 0, text: `${appUid}\n${appUid}` });
  const refused = await output(namespace, pod, 'web', [
    'python3',
    '-c',
    'import socket; socket.create_connection(("127.0.0.1", 8000))',
  ]);
  expect(refused.text).toContain('ConnectionRefusedError');
  const live = await cluster.get({ apiVersion: 'v1', kind: 'Pod', name: pod, namespace });
  const status = live?.['status'] as Pod['status'];
  expect(status?.conditions?.find(({ type }) => type === 'Ready')?.status).toBe('False');
});

/**
 * Run in the sidecar: writes a file into the app container's file system, through its first process. Others, such as
 * those of a probe, end while they are looked at.
 */
const enter = `
const fs = require('node:fs');
const isApp = (pid) => {
  try {
    return fs.readFileSync('/proc/' + pid + '/cmdline', 'utf8').startsWith('/kdev/bin/restarter\\0--');
  } catch {
    return false;
  }
};
const pid = fs.readdirSync('/proc').filter((name) => /^\\d+$/.test(name)).find(isApp);
fs.writeFileSync('/proc/' + pid + '/root/' + process.argv[1], 'from the sidecar');
`;

test.each([
  ['with the default capabilities', {}],
  ['that dropped every capability', { securityContext: { capabilities: { drop: ['ALL'] } } }],
  ['with a capability more', { securityContext: { capabilities: { add: ['SYS_ADMIN'] } } }],
])('a root app %s can be entered by its sidecar, and sshd runs in that', async (_, container) => {
  const { namespace, pod } = await start({ container });
  expect(await sshBanner(namespace, pod)).toMatch(/^SSH-2\.0-/);
  const entered = await output(namespace, pod, sidecar, ['node', '-e', enter, '/srv/probe']);
  expect(entered).toEqual({ exitCode: 0, text: '' });
  expect((await output(namespace, pod, 'web', ['cat', '/srv/probe'])).text).toBe('from the sidecar');
});

test('a second apply of the same injection changes nothing', async () => {
  const { namespace, object } = await start({ container: restricted });
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace };
  const before = (await cluster.get(reference)) as KubernetesObject;
  const after = await cluster.apply(object);
  expect(after.metadata['generation']).toBe(before.metadata['generation']);
});
