import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { createBuilder } from '../../src/build/builder.ts';
import { builderManifest } from '../../src/build/builder-manifest.ts';
import type { Cluster, KubernetesObject } from '../../src/core/ports/cluster.ts';
import { imageNames } from '../../src/images/image-names.ts';
import { createCluster } from '../../src/kubernetes/cluster.ts';
import { createRegistry } from '../../src/registry/create-registry.ts';
import { execIn } from '../cluster/cluster.ts';
import {
  freshNamespace,
  running,
  testCluster,
  testKubeconfig,
  testPod,
  until,
} from '../kubernetes/test-cluster.ts';
import { type BuildPlace, makeBuildPlace } from './build-place.ts';

let cluster: Cluster;

beforeAll(async () => {
  cluster = await testCluster();
});

const uidOf = (object: KubernetesObject | undefined) => object?.metadata['uid'];

describe('a builder', () => {
  let place: BuildPlace;
  beforeAll(async () => {
    place = await makeBuildPlace('life');
    await place.write('Dockerfile', 'FROM python:3.11-slim\nARG N\nENV N=$N\nCMD ["sleep", "1000"]\n');
    await place.build();
  });
  afterAll(() => place.remove());

  const another = (options: object = {}) => {
    const { cluster, namespace, project, registry } = place;
    return createBuilder({ cluster, project, namespace, registry, image: imageNames.builder, ...options });
  };

  it('B7: is found again by the next session, and made anew only for other settings', async () => {
    const before = uidOf(await place.builderPod());
    await place.build({ args: { N: '1' } }, { builder: another() });
    expect(uidOf(await place.builderPod())).toBe(before);
    await place.build({ args: { N: '2' } }, { builder: another({ cacheSize: '9Gi' }) });
    expect(uidOf(await place.builderPod())).not.toBe(before);
    expect(await place.inBuilder('cat', '/etc/buildkit/buildkitd.toml')).toContain(
      `= ${0.75 * 9 * 2 ** 30}\n`,
    );
  });

  it('builds for apps in namespaces that enforce the PodSecurity levels baseline and restricted', async () => {
    const { image } = await place.build({ args: { N: '3' } });
    for (const level of ['baseline', 'restricted']) {
      const own = await freshNamespace(cluster, { 'pod-security.kubernetes.io/enforce': level });
      const pod = testPod(own, 'web', {
        image: image.reference,
        securityContext: {
          ...{ runAsNonRoot: true, runAsUser: 1234, allowPrivilegeEscalation: false },
          ...{ capabilities: { drop: ['ALL'] }, seccompProfile: { type: 'RuntimeDefault' } },
        },
      });
      await cluster.create(pod);
      await running(cluster, own, 'web');
    }
  });
});

describe('a person with few rights', () => {
  let weak: Cluster;
  let user: string;
  let place: BuildPlace;

  beforeAll(async () => {
    const own = await freshNamespace(cluster);
    user = `system:serviceaccount:${own}:dev`;
    await cluster.create({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'dev', namespace: own },
    });
    const annotations = { 'kubernetes.io/service-account.name': 'dev' };
    const metadata = { name: 'dev', namespace: own, annotations };
    await cluster.create({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata,
      type: 'kubernetes.io/service-account-token',
    });
    const token = await until(async () => {
      const secret = await cluster.get({ apiVersion: 'v1', kind: 'Secret', name: 'dev', namespace: own });
      return (secret?.['data'] as Record<string, string> | undefined)?.['token'];
    });
    weak = await createCluster({ kubeconfig: { type: 'text', text: kubeconfigOf(token) } });
    // Where the registry is they are told; whether they may make one is another question.
    const registry = createRegistry({
      ...{ cluster, image: imageNames.registry, namespace: 'kdev-builder', env: {} },
      app: { namespace: 'default', project: 'weak' },
    });
    place = await makeBuildPlace('weak', { cluster: weak, registry });
    await place.write('Dockerfile', `FROM python:3.11-slim\nENV A=${place.project}\n`);
  });
  afterAll(() => cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: place.namespace }));

  it('is told what to run when the builder may not be made', async () => {
    await expect(place.build()).rejects.toMatchObject({
      code: 'builder-forbidden',
      fault: 'environment',
      cure: expect.stringContaining('kdev doctor'),
    });
  });

  it('has a builder of their own once an administrator has applied the manifest', async () => {
    for (const document of parseAllDocuments(builderManifest({ namespace: place.namespace, user })))
      await cluster.apply(document.toJS() as KubernetesObject);
    // The right to use what it names is there a moment later.
    await vi.waitFor(() => place.build(), { timeout: 170_000, interval: 200 });
    const pod = await place.builderPod();
    const strong = await makeBuildPlace('strong', { namespace: place.namespace });
    await strong.write('Dockerfile', 'FROM python:3.11-slim\nENV B=1\n');
    await strong.build();
    const labelSelector = 'app.kubernetes.io/name=kdev-builder';
    const { namespace } = place;
    const pods = await cluster.list({ apiVersion: 'v1', kind: 'Pod', namespace, labelSelector });
    const owners = pods.map(({ metadata }) => metadata.labels?.['kdev.dev/builder-owner']);
    expect(pods.map(uidOf)).toContain(uidOf(pod));
    expect(new Set(owners).size).toBe(2);
  });
});

describe('a cache on a volume', () => {
  const name = `builder-${process.pid}`;
  const local = `/var/lib/kubelet/${name}`;
  let place: BuildPlace;

  beforeAll(async () => {
    const own = await freshNamespace(cluster);
    const script = `mkdir -m 0777 /node/${name}; sleep 1000`;
    const pod = testPod(own, 'maker', {
      command: ['sh', '-c', script],
      volumeMounts: [{ name: 'node', mountPath: '/node' }],
    });
    const volumes = [{ name: 'node', hostPath: { path: '/var/lib/kubelet' } }];
    await cluster.create({ ...pod, spec: { ...(pod['spec'] as object), volumes } });
    await running(cluster, own, 'maker');
    // It runs a moment before it has done its work.
    await until(() =>
      execIn(cluster, { namespace: own, pod: 'maker', container: 'web' }, [
        'test',
        '-d',
        `/node/${name}`,
      ]).then(
        () => true,
        () => undefined,
      ),
    );
    await cluster.create({
      apiVersion: 'storage.k8s.io/v1',
      kind: 'StorageClass',
      metadata: { name, annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
      provisioner: 'kubernetes.io/no-provisioner',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    await cluster.create({
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name },
      spec: {
        ...{ capacity: { storage: '5Gi' }, accessModes: ['ReadWriteOnce'], storageClassName: name },
        ...{ persistentVolumeReclaimPolicy: 'Retain', hostPath: { path: local } },
      },
    });
    place = await makeBuildPlace('volume', { cacheSize: '4Gi' });
  });
  afterAll(async () => {
    // First: with it the next file's builders would have volumes, too.
    await cluster.delete({ apiVersion: 'storage.k8s.io/v1', kind: 'StorageClass', name });
    await place.remove();
    await cluster.delete({ apiVersion: 'v1', kind: 'PersistentVolume', name });
  });

  it('is used where the cluster has a default storage class, and outlives the builder’s pod', async () => {
    const count = async (number: number) => {
      await place.write(
        'Dockerfile',
        `FROM python:3.11-slim\nRUN --mount=type=cache,target=/cache echo ${number} >> /cache/builds; echo "builds:$(wc -l < /cache/builds)"\n`,
      );
      return (await place.build()).lines;
    };
    expect(await count(1)).toContain('builds:1');
    const pod = await place.builderPod();
    const { namespace } = place;
    const [claim] = await cluster.list({ apiVersion: 'v1', kind: 'PersistentVolumeClaim', namespace });
    expect(claim?.['spec']).toMatchObject({ volumeName: name, resources: { requests: { storage: '4Gi' } } });
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', name: pod?.metadata.name ?? '', namespace });
    expect(await count(2)).toContain('builds:2');
    expect(uidOf(await place.builderPod())).not.toBe(uidOf(pod));
  });

  it('keeps its size when another one is asked for that the storage cannot give', async () => {
    const { namespace, project, registry } = place;
    const builder = createBuilder({
      cluster,
      project,
      namespace,
      registry,
      image: imageNames.builder,
      cacheSize: '2Gi',
    });
    await place.write('Dockerfile', `FROM python:3.11-slim\nENV SMALLER=${project}\n`);
    const { steps } = await place.build({}, { builder });
    expect(steps.join('\n')).toContain('keeps the volume that it has');
  });
});

/** The test cluster's kubeconfig with a token in place of its user. */
function kubeconfigOf(token: string): string {
  const [document] = parseAllDocuments(testKubeconfig());
  const config = document?.toJS() as { users: { name: string; user: object }[] };
  return JSON.stringify({
    ...config,
    users: config.users.map(({ name }) => ({
      name,
      user: { token: Buffer.from(token, 'base64').toString() },
    })),
  });
}
