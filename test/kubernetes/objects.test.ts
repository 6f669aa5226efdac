import { expect, test } from 'vitest';
import { createCluster } from '../../src/kubernetes/cluster.ts';
import { freshNamespace, testCluster, testDeployment, testKubeconfig } from './test-cluster.ts';

const cluster = await testCluster();

test('check says the version of the server', async () => {
  expect((await cluster.check()).version).toMatch(/^v1\.\d+\./);
});

test('what is applied twice is the same object, and what is deleted twice is gone', async () => {
  const namespace = await freshNamespace(cluster);
  const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'c', namespace };
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', namespace },
    data: { a: '1' },
  };
  expect(await cluster.get(reference)).toBeUndefined();
  const first = await cluster.apply(object);
  const second = await cluster.apply(object);
  expect(second.metadata['resourceVersion']).toBe(first.metadata['resourceVersion']);
  expect((await cluster.patch(reference, { data: { b: '2' } }))['data']).toEqual({ a: '1', b: '2' });
  await cluster.delete(reference);
  await cluster.delete(reference);
  expect(await cluster.get(reference)).toBeUndefined();
});

test('a list comes with the type of each object and only what its selector names', async () => {
  const namespace = await freshNamespace(cluster);
  for (const name of ['a', 'b']) {
    const metadata = { name, namespace, labels: { which: name } };
    await cluster.create({ apiVersion: 'v1', kind: 'Secret', metadata });
  }
  const found = await cluster.list({ apiVersion: 'v1', kind: 'Secret', namespace, labelSelector: 'which=b' });
  expect(found).toMatchObject([{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'b' } }]);
});

test('creating what is there is a conflict', async () => {
  const namespace = await freshNamespace(cluster);
  const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'c', namespace } };
  await cluster.create(object);
  await expect(cluster.create(object)).rejects.toMatchObject({ code: 'cluster-conflict' });
});

test('a field that does not exist is refused in the API server’s words', async () => {
  const namespace = await freshNamespace(cluster);
  const object = testDeployment(namespace, 'web', { livenesProbe: {} });
  await expect(cluster.apply(object)).rejects.toMatchObject({
    code: 'cluster-rejected',
    fault: 'user',
    why: expect.stringContaining('livenesProbe') as string,
  });
});

test('an invalid value is refused in the API server’s words', async () => {
  const namespace = await freshNamespace(cluster);
  await expect(cluster.apply(testDeployment(namespace, 'web', {}, { replicas: -1 }))).rejects.toMatchObject({
    code: 'cluster-rejected',
    why: expect.stringContaining('spec.replicas') as string,
  });
});

test('a pod that PodSecurity forbids is refused in its words', async () => {
  const namespace = await freshNamespace(cluster, { 'pod-security.kubernetes.io/enforce': 'restricted' });
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace },
    spec: { containers: [{ name: 'web', image: 'x' }] },
  };
  await expect(cluster.create(pod)).rejects.toMatchObject({
    code: 'cluster-rejected',
    why: expect.stringContaining('violates PodSecurity "restricted') as string,
  });
});

test('what RBAC forbids is told with user, verb, resource and namespace', async () => {
  const namespace = await freshNamespace(cluster);
  const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'nobody', namespace } };
  await cluster.create(account);
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'kubernetes.io/service-account-token',
    metadata: { name: 't', namespace, annotations: { 'kubernetes.io/service-account.name': 'nobody' } },
  });
  const reference = { apiVersion: 'v1', kind: 'Secret', name: 't', namespace };
  let token: string | undefined;
  await expect
    .poll(
      async () => {
        const data = (await cluster.get(reference))?.['data'] as { token?: string } | undefined;
        token = data?.token;
        return token;
      },
      { timeout: 60_000 },
    )
    .toBeDefined();

  const { load, dump } = { load: (await import('yaml')).parse, dump: JSON.stringify };
  const kubeconfig = load(testKubeconfig()) as { users: { name: string; user: object }[] };
  const users = kubeconfig.users.map(({ name }) => ({
    name,
    user: { token: Buffer.from(String(token), 'base64').toString() },
  }));
  const nobody = await createCluster({ kubeconfig: { type: 'text', text: dump({ ...kubeconfig, users }) } });
  const secrets = { apiVersion: 'v1', kind: 'Secret', namespace };
  await expect(nobody.list(secrets)).rejects.toMatchObject({
    code: 'cluster-forbidden',
    fault: 'environment',
    what: `User system:serviceaccount:${namespace}:nobody may not list secrets in namespace ${namespace}.`,
    cure: expect.stringContaining(`kubectl auth can-i list secrets -n ${namespace}`) as string,
  });
  const forward = { namespace, pod: 'p', port: 1 };
  await expect(nobody.portForward(forward)).rejects.toMatchObject({
    code: 'cluster-forbidden',
    what: expect.stringContaining('pods/portforward') as string,
  });
});

test('credentials that the server does not know are told apart from missing rights', async () => {
  const kubeconfig = (await import('yaml')).parse(testKubeconfig()) as { users: { name: string }[] };
  const users = kubeconfig.users.map(({ name }) => ({ name, user: { token: 'wrong' } }));
  const text = JSON.stringify({ ...kubeconfig, users });
  const stranger = await createCluster({ kubeconfig: { type: 'text', text } });
  await expect(stranger.list({ apiVersion: 'v1', kind: 'Pod', namespace: 'default' })).rejects.toMatchObject({
    code: 'cluster-unauthorized',
  });
});
