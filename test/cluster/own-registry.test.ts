import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Cluster, KubernetesObject } from '../../src/core/ports/cluster.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import type { RegistrySettings } from '../../src/core/service.ts';
import { imageNames } from '../../src/images/image-names.ts';
import { createRegistry } from '../../src/registry/create-registry.ts';
import { temporaryDir } from '../temporary-dir.ts';
import { askPod, podsOf, testCluster } from './cluster.ts';
import { runKdev } from './kdev.ts';

// A box whose registry nobody knows of, with one volume made by hand: as clusters of companies are.
const namespace = 'own-registry';
const builderNamespace = 'kdev-builder';
const advertised = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  name: 'local-registry-hosting',
  namespace: 'kube-public',
};
const builderHome = { apiVersion: 'v1', kind: 'Namespace', name: builderNamespace };
const own = { name: 'kdev-registry', namespace: builderNamespace };
const reporter = silentReporter;

let cluster: Cluster;
let project: Awaited<ReturnType<typeof temporaryDir>>;
let flags: string[];
let saved: KubernetesObject | undefined;

const dockerfile = (line: string) =>
  `FROM python:3.11-slim\nWORKDIR /app\n${line}\nCOPY app.py /app/\nCMD ["python3", "/app/app.py"]\n`;
const app = `
import http.server
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b'served')
http.server.HTTPServer(('', 8080), Handler).serve_forever()
`;
const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: web }] }
`;
const config = (registry?: object) => `
import { defineConfig } from 'kdev';
export default defineConfig({
  name: 'own', manifests: 'web.yaml', ${registry ? `registry: ${JSON.stringify(registry)},` : ''}
  services: { web: { build: true, sync: { 'app.py': '/app/app.py' } } },
});
`;

beforeAll(async () => {
  cluster = await testCluster();
  saved = await cluster.get(advertised);
  await cluster.delete(advertised);
  await cluster.delete(builderHome);
  await makeVolumes();
  await builderIsGone();
  project = await temporaryDir('kdev-own-registry-');
  flags = ['--context', cluster.context, '--namespace', namespace];
  await save('web.yaml', manifest);
  await save('app.py', app);
  await save('Dockerfile', dockerfile('RUN echo one'));
  await save('dev.config.ts', config());
});
afterAll(async () => {
  for (const name of [namespace, builderNamespace]) {
    await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name });
  }
  await cluster.delete({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name: 'by-hand' });
  for (const name of volumes) await cluster.delete({ apiVersion: 'v1', kind: 'PersistentVolume', name });
  if (saved) {
    const { data } = saved;
    const metadata = { name: advertised.name, namespace: advertised.namespace };
    await cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  }
  // The next file would find this builder, which is about to go.
  await builderIsGone();
  await project.remove();
});

async function builderIsGone(): Promise<void> {
  await vi.waitUntil(async () => (await cluster.get(builderHome)) === undefined, { timeout: 200_000 });
}

function save(file: string, text: string): Promise<void> {
  return writeFile(path.join(project.path, file), text);
}

/** One for the registry, one for the builder. */
const volumes = ['by-hand-1', 'by-hand-2'];

/** A default storage class and its volumes, directories of the node that everybody may write to. */
async function makeVolumes(): Promise<void> {
  // A box has plain directories there; BuildKit cannot work on an overlay.
  const dir = '/var/lib/kubelet/by-hand';
  const hostPath = { path: dir, type: 'DirectoryOrCreate' };
  const pod = { apiVersion: 'v1', kind: 'Pod', name: 'make-volumes', namespace: 'default' };
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: pod.name, namespace: pod.namespace },
    spec: {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'chmod',
          image: 'busybox:1.35',
          command: ['sh', '-c', `cd /volumes; rm -rf *; mkdir ${volumes.join(' ')}; chmod 777 *`],
          volumeMounts: [{ name: 'volumes', mountPath: '/volumes' }],
        },
      ],
      volumes: [{ name: 'volumes', hostPath }],
    },
  });
  await vi.waitUntil(async () => phaseOf(await cluster.get(pod)) === 'Succeeded', { timeout: 120_000 });
  await cluster.delete(pod, { gracePeriodSeconds: 0 });
  await cluster.apply({
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: {
      name: 'by-hand',
      annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' },
    },
    provisioner: 'kubernetes.io/no-provisioner',
  });
  for (const name of volumes) {
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        capacity: { storage: '50Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: 'Retain',
        storageClassName: 'by-hand',
        hostPath: { path: `${dir}/${name}` },
      },
    });
  }
}

function phaseOf(pod: KubernetesObject | undefined): string | undefined {
  return (pod?.['status'] as { phase?: string } | undefined)?.phase;
}

/** `kdev up` to its end, with everything that it said. */
async function up(env: Record<string, string> = {}): Promise<{ exitCode: number; said: string }> {
  const { exitCode, stderr, stdout } = await runKdev(['up', ...flags], { cwd: project.path, env });
  return {
    exitCode,
    said: `${stdout}
${stderr}`,
  };
}

/** kdev's own registry, as every new kdev would find it. */
function newRegistry(configured?: RegistrySettings, env: Record<string, string> = {}) {
  const image = imageNames.registry;
  return createRegistry({ cluster, image, configured, env, app: { namespace, project: 'own' } });
}

async function passwordOf(user: 'push' | 'pull'): Promise<string> {
  const secret = await cluster.get({ apiVersion: 'v1', kind: 'Secret', ...own });
  const data = secret?.['data'] as Record<string, string> | undefined;
  return Buffer.from(data?.[user] ?? '', 'base64').toString();
}

/** The names that a person would configure for it. */
async function configuredNames(): Promise<RegistrySettings> {
  const service = await cluster.get({ apiVersion: 'v1', kind: 'Service', ...own });
  const spec = service?.['spec'] as { ports: { nodePort: number }[] } | undefined;
  const [node] = await cluster.list({ apiVersion: 'v1', kind: 'Node' });
  const status = node?.['status'] as { addresses: { address: string }[] } | undefined;
  const [port, address] = [spec?.ports[0], status?.addresses[0]];
  return {
    push: `kdev-registry.${builderNamespace}.svc.cluster.local:5000`,
    pull: `localhost:${port?.nodePort}`,
    here: `${address?.address}:${port?.nodePort}`,
    prefix: 'team/',
    plainHttp: true,
    insecure: false,
    username: 'push',
    passwordEnv: 'REGISTRY_PASSWORD',
    pullSecret: true,
  };
}

/** Also those that are on their way out. */
function registryPods(): Promise<readonly KubernetesObject[]> {
  const labelSelector = 'app.kubernetes.io/name=kdev-registry';
  return cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace: builderNamespace, labelSelector });
}

async function registryPod(): Promise<KubernetesObject | undefined> {
  return (await registryPods()).find(({ metadata }) => metadata['deletionTimestamp'] === undefined);
}

describe('a cluster that names no registry', () => {
  it('gets one of kdev’s own, on a volume, that nodes pull from with a password', async () => {
    const { exitCode, said } = await up();
    expect(said).toContain("starting kdev's own registry in the namespace kdev-builder");
    expect(said).not.toContain('go with its pod');
    expect(exitCode).toBe(0);
    const [pod] = await podsOf(cluster, namespace, 'web');
    const ask = () => askPod(cluster, { namespace, pod: pod?.name ?? '' });
    await expect.poll(ask, { timeout: 60_000 }).toBe('served');
    const seen = await cluster.get({ apiVersion: 'v1', kind: 'Pod', name: pod?.name ?? '', namespace });
    expect(seen?.['spec']).toMatchObject({
      imagePullSecrets: [{ name: 'kdev-pull-own' }],
      containers: [{ image: expect.stringMatching(/^localhost:\d+\/kdev\/own-web@sha256:/) as string }],
    });
  });

  it('has them still when the registry’s pod was deleted', async () => {
    const open = await newRegistry().open({ reporter });
    const images = async () => [...((await open.own?.pushedAt()) ?? [])].map(([image]) => image).sort();
    const before = await images();
    expect(before.filter((image) => image.startsWith('kdev/own-web@'))).not.toEqual([]);
    const { metadata } = (await registryPod()) ?? { metadata: { name: '' } };
    await cluster.delete(
      { apiVersion: 'v1', kind: 'Pod', name: metadata.name, namespace: builderNamespace },
      { gracePeriodSeconds: 0 },
    );
    // The same connection finds the new pod.
    expect(await images()).toEqual(before);
    expect(open.own?.lasting).toBe(true);
  });

  it('is told that the registry is unreachable while it is scaled down, and the next build starts it', async () => {
    const open = await newRegistry().open({ reporter });
    const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', ...own };
    await cluster.patch(deployment, { spec: { replicas: 0 } });
    await vi.waitUntil(async () => (await registryPods()).length === 0, { timeout: 120_000 });
    await expect(open.images.resolve('kdev/own-web', 'any')).rejects.toMatchObject({
      code: 'registry-unreachable',
      why: expect.stringContaining('It has no pod') as string,
    });
    const again = await newRegistry().open({ reporter });
    expect(await again.images.resolve('kdev/own-web', 'any')).toBeUndefined();
  });
});

describe('a configured registry', () => {
  beforeAll(async () => {
    const { here } = await configuredNames();
    // A node port takes a moment to lead to a new pod.
    await vi.waitFor(() => fetch(`http://${here}/healthz`), { timeout: 120_000 });
  });

  it('is proved by a pull with the Secret that kdev makes', async () => {
    const configured = await configuredNames();
    const registry = newRegistry(configured, { REGISTRY_PASSWORD: await passwordOf('push') });
    const open = await registry.open({ reporter });
    expect(open.source).toBe('configured');
    await open.proveNodesPull({ reporter });
    expect(await registry.providePullSecret(`${configured.pull}/team/kdev/own-web@sha256:1`)).toBe(
      'kdev-pull-own',
    );
    expect(await registry.providePullSecret('elsewhere/x@sha256:1')).toBeUndefined();
  });

  it('that wants another password to push: says so', async () => {
    const open = await newRegistry(await configuredNames(), { REGISTRY_PASSWORD: 'wrong' }).open({
      reporter,
    });
    await expect(open.images.resolve('kdev/own-web', 'any')).rejects.toMatchObject({
      code: 'registry-refused',
      what: expect.stringContaining('401') as string,
      cure: expect.stringContaining('passwordEnv') as string,
    });
    await expect(open.proveNodesPull({ reporter })).rejects.toMatchObject({ code: 'registry-refused' });
  });

  it('B7: without a password in the environment: says which variable', async () => {
    const open = await newRegistry(await configuredNames()).open({ reporter });
    await expect(open.images.resolve('kdev/own-web', 'any')).rejects.toMatchObject({
      code: 'registry-password-missing',
    });
  });

  it('whose name nodes take for https: says what to configure', async () => {
    const configured = await configuredNames();
    const env = { REGISTRY_PASSWORD: await passwordOf('push') };
    const open = await newRegistry({ ...configured, pull: configured.here }, env).open({ reporter });
    await expect(open.proveNodesPull({ reporter })).rejects.toMatchObject({
      code: 'registry-pull-failed',
      why: expect.stringContaining('HTTP response to HTTPS client') as string,
      cure: expect.stringContaining('hosts.toml') as string,
    });
  });

  it('that nodes cannot reach: says so after it has tried again', async () => {
    const configured = await configuredNames();
    const env = { REGISTRY_PASSWORD: await passwordOf('push') };
    const open = await newRegistry({ ...configured, pull: 'localhost:1' }, env).open({ reporter });
    await expect(open.proveNodesPull({ reporter })).rejects.toMatchObject({
      code: 'registry-pull-failed',
      why: expect.stringContaining('connection refused') as string,
      cure: expect.stringContaining('See that the nodes can reach localhost:1') as string,
    });
  });

  it('B7: whose pull secret is wrong: before the first build, and in one line of a rollout', async () => {
    const { pullSecret: _, ...names } = await configuredNames();
    const env = {
      REGISTRY_PASSWORD: await passwordOf('push'),
      KDEV_STATE_DIR: path.join(project.path, 'state'),
    };
    await mkdir(env.KDEV_STATE_DIR, { recursive: true });
    const { prefix, insecure: __, push, ...others } = names;
    await save(
      'dev.config.ts',
      config({ push: `${push}/${prefix.slice(0, -1)}`, ...others, pullSecret: 'mine' }),
    );
    await save('Dockerfile', dockerfile('RUN echo two'));
    await writeSecret(names.pull, 'wrong');
    const first = await up(env);
    expect(first.said).toContain('registry-pull-failed');
    expect(first.said).toMatch(/401|unauthorized/i);
    expect(first.exitCode).toBe(3);

    await writeSecret(names.pull, await passwordOf('pull'));
    const right = createRegistry({
      ...{ cluster, env, image: imageNames.registry, app: { namespace, project: 'own' } },
      configured: { ...names, pullSecret: 'mine' },
      proofsDir: path.join(env.KDEV_STATE_DIR, 'registries'),
    });
    await (await right.open({ reporter })).proveNodesPull({ reporter });

    await writeSecret(names.pull, 'wrong');
    await save('Dockerfile', dockerfile('RUN echo three'));
    const { exitCode, said } = await up(env);
    expect(said).toContain('image-pull-failed');
    expect(said.split('\n').find((line) => /web.*cannot be pulled.*401/.test(line))).toBeDefined();
    expect(exitCode).toBe(3);
  });
});

function writeSecret(host: string, password: string): Promise<unknown> {
  const auth = Buffer.from(`pull:${password}`).toString('base64');
  const text = JSON.stringify({ auths: { [host]: { username: 'pull', password, auth } } });
  return cluster.apply({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'mine', namespace },
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': Buffer.from(text).toString('base64') },
  });
}

describe('a full registry', () => {
  it('is named as the reason, with what to do', async () => {
    // On memory, with less space than a base image takes.
    await cluster.patch(
      { apiVersion: 'apps/v1', kind: 'Deployment', ...own },
      {
        spec: {
          template: {
            spec: {
              volumes: [
                {
                  name: 'images',
                  persistentVolumeClaim: null,
                  emptyDir: { medium: 'Memory', sizeLimit: '24Mi' },
                },
              ],
            },
          },
        },
      },
      'strategic',
    );
    await vi.waitUntil(async () => isOnMemory(await registryPod()), { timeout: 120_000 });
    await save('dev.config.ts', config());
    await save('Dockerfile', dockerfile('RUN head -c 60000000 /dev/urandom > /big'));
    const { exitCode, said } = await up();
    expect(said).toContain('registry-full');
    expect(said).toContain('kdev gc');
    expect(exitCode).toBe(3);
  });
});

function isOnMemory(pod: KubernetesObject | undefined): boolean {
  const spec = pod?.['spec'] as { volumes?: { name: string; emptyDir?: object }[] } | undefined;
  const status = pod?.['status'] as { conditions?: { type: string; status: string }[] } | undefined;
  const ready = status?.conditions?.some((each) => each.type === 'Ready' && each.status === 'True') ?? false;
  return ready && spec?.volumes?.find(({ name }) => name === 'images')?.emptyDir !== undefined;
}

describe('kdev down', () => {
  it('takes the pull secret back with everything else', async () => {
    const { exitCode, stdout, stderr } = await runKdev(['down', ...flags], { cwd: project.path });
    expect(`${stdout}${stderr}`).toContain('Secret/kdev-pull-own');
    expect(exitCode).toBe(0);
  });
});
