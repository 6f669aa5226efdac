import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, it, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { createBuilder } from '../../src/build/builder.ts';
import type { Cluster } from '../../src/core/ports/cluster.ts';
import { silentReporter } from '../../src/core/reporter.ts';
import { imageNames } from '../../src/images/image-names.ts';
import { createCluster } from '../../src/kubernetes/cluster.ts';
import { createRegistry } from '../../src/registry/create-registry.ts';
import { findRegistry } from '../../src/registry/find-registry.ts';
import { temporaryDir } from '../temporary-dir.ts';
import { testCluster } from './cluster.ts';
import { type Finished, runKdev } from './kdev.ts';

let cluster: Cluster;
let namespaces = 0;
const cleanUps: (() => Promise<void>)[] = [];

beforeAll(async () => {
  cluster = await testCluster();
});
afterAll(async () => {
  await Promise.all(cleanUps.map((cleanUp) => cleanUp()));
});

const deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web' },
  spec: {
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'main', image: 'python:3.11-slim', command: ['sleep', 'infinity'] }],
      },
    },
  },
};

const config = (service: string, more = ''): string =>
  `import { defineConfig } from 'kdev';
export default defineConfig({
  name: 'bad',
  manifests: 'web.yaml',${more}
  services: { web: ${service} },
});
`;

/** Runs `kdev up` over the files, in a namespace of its own on the real cluster. */
async function up(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
): Promise<Finished> {
  const dir = await temporaryDir('kdev-bad-');
  cleanUps.push(dir.remove);
  const namespace = `bad-${++namespaces}`;
  cleanUps.push(() => cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(dir.path, name)), { recursive: true });
    await writeFile(path.join(dir.path, name), content);
  }
  const context = env['KUBECONFIG'] === undefined ? ['--context', cluster.context] : [];
  // A pod needs some seconds to come as far as to fail, and the kubelet as many to tell why.
  return runKdev(['up', '--timeout', '60s', '--namespace', namespace, ...context], { cwd: dir.path, env });
}

const good = { 'web.yaml': stringify(deployment), 'app/a.txt': 'a' };

describe.concurrent('the configuration', () => {
  it('that is not there: says where it looked and what makes one', async ({ expect }) => {
    const { exitCode, stderr } = await up({});
    expect(stderr).toContain('config-missing');
    expect(stderr).toContain('dev.config.ts');
    expect(exitCode).toBe(2);
  });

  it('that throws: names the file and the line', async ({ expect }) => {
    const { exitCode, stderr } = await up({
      ...good,
      'dev.config.ts': "\nthrow new Error('no such thing');\nexport default {};\n",
    });
    expect(stderr).toContain('config-throws');
    expect(stderr).toContain('no such thing');
    expect(stderr).toMatch(/dev\.config\.ts:2/);
    expect(exitCode).toBe(2);
  });

  it('with an unknown key: names it, the line, and what was meant', async ({ expect }) => {
    const { exitCode, stderr } = await up({ ...good, 'dev.config.ts': config("{ snyc: { app: '/srv' } }") });
    expect(stderr).toContain('config-invalid');
    expect(stderr).toContain('snyc');
    expect(stderr).toContain('sync');
    expect(stderr).toMatch(/dev\.config\.ts:5/);
    expect(exitCode).toBe(2);
  });

  it('with a mapping outside the tree: names it', async ({ expect }) => {
    const { exitCode, stderr } = await up({
      ...good,
      'dev.config.ts': config("{ sync: { '../other': '/srv' } }"),
    });
    expect(stderr).toContain('mapping-outside');
    expect(stderr).toContain('../other');
    expect(exitCode).toBe(2);
  });

  it('with a container that does not exist: lists those that do', async ({ expect }) => {
    const { exitCode, stderr } = await up({ ...good, 'dev.config.ts': config("{ container: 'wbe' }") });
    expect(stderr).toContain('container-unknown');
    expect(stderr).toContain('main');
    expect(exitCode).toBe(2);
  });
});

describe.concurrent('the manifests', () => {
  it('that do not parse: name the file and the line', async ({ expect }) => {
    const broken = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x\n';
    const { exitCode, stderr } = await up({ ...good, 'web.yaml': broken, 'dev.config.ts': config('{}') });
    expect(stderr).toContain('manifest-invalid');
    expect(stderr).toMatch(/web\.yaml:\d+/);
    expect(exitCode).toBe(2);
  });

  it('that the cluster rejects: pass on its words', async ({ expect }) => {
    const { template, ...rest } = deployment.spec;
    const wrong = { ...deployment, spec: { ...rest, replicas: 'many', template } };
    const { exitCode, stderr } = await up({
      ...good,
      'web.yaml': stringify(wrong),
      'dev.config.ts': config('{}'),
    });
    expect(stderr).toContain('cluster-rejected');
    expect(stderr).toContain('replicas');
    expect([2, 3]).toContain(exitCode);
  });
});

describe.concurrent('the cluster', () => {
  it('that cannot be reached: names its address', async ({ expect }) => {
    const kubeconfig = parse(await readFile(process.env['KDEV_TEST_KUBECONFIG'] ?? '', 'utf8')) as {
      clusters: { cluster: { server: string } }[];
    };
    for (const { cluster: each } of kubeconfig.clusters) each.server = 'https://127.0.0.1:1';
    const dir = await temporaryDir('kdev-kubeconfig-');
    cleanUps.push(dir.remove);
    await writeFile(path.join(dir.path, 'config'), stringify(kubeconfig));
    const files = { ...good, 'dev.config.ts': config('{}') };
    const { exitCode, stderr } = await up(files, { KUBECONFIG: path.join(dir.path, 'config') });
    expect(stderr).toContain('cluster-unreachable');
    expect(stderr).toContain('127.0.0.1:1');
    expect(exitCode).toBe(3);
  });

  it('that forbids something: names the verb, the resource and the namespace', async ({ expect }) => {
    const kubeconfig = await kubeconfigOf('weak');
    const files = { ...good, 'dev.config.ts': config('{}') };
    const { exitCode, stderr } = await up(files, { KUBECONFIG: kubeconfig });
    expect(stderr).toContain('cluster-forbidden');
    expect(stderr).toMatch(/get .*namespaces?/i);
    expect(exitCode).toBe(3);
  });

  it('that forbids kdev its builder: says who prints what an administrator can apply', async ({ expect }) => {
    await cluster.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'onlooker' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'ServiceAccount', name: 'onlooker', namespace: 'default' }],
    });
    cleanUps.push(() =>
      cluster.delete({
        ...{ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding', name: 'onlooker' },
      }),
    );
    const { found } = await findRegistry({ cluster });
    const push = found?.registry.fromPods ?? '';
    const weak = await createCluster({ kubeconfig: { type: 'file', path: await kubeconfigOf('onlooker') } });
    const dir = await temporaryDir('kdev-weak-');
    cleanUps.push(dir.remove);
    await writeFile(path.join(dir.path, 'Dockerfile'), 'FROM scratch\n');
    const namespace = 'kdev-builder-weak';
    const builder = createBuilder({
      cluster: weak,
      project: 'weak',
      image: imageNames.builder,
      registry: createRegistry({
        cluster: weak,
        image: imageNames.registry,
        configured: { push, pull: push, here: push, prefix: '', plainHttp: true, insecure: false },
      }),
      namespace,
    });
    const build = builder.build({
      service: 'web',
      projectRoot: dir.path,
      build: { dockerfile: 'Dockerfile', context: '.', args: {} },
      reporter: silentReporter,
    });
    await expect(build).rejects.toMatchObject({
      code: 'builder-forbidden',
      cure: expect.stringContaining('kdev doctor') as string,
    });
  });
});

describe.concurrent('the pods', () => {
  const withContainer = (container: object) => {
    const { spec } = deployment.spec.template;
    const [main] = spec.containers;
    const template = {
      ...deployment.spec.template,
      spec: { ...spec, containers: [{ ...main, ...container }] },
    };
    return stringify({ ...deployment, spec: { ...deployment.spec, template } });
  };

  it('whose image cannot be pulled: pass on the registry’s words', async ({ expect }) => {
    const files = {
      ...good,
      'web.yaml': withContainer({ image: 'python:no-such-tag' }),
      'dev.config.ts': config('{}'),
    };
    const { exitCode, stderr } = await up(files);
    expect(stderr).toContain('image-pull-failed');
    expect(stderr).toContain('python:no-such-tag');
    expect(exitCode).toBe(3);
  });

  it('that never get ready: tell the event that says why', async ({ expect }) => {
    const probe = { exec: { command: ['sh', '-c', 'echo the moon is not full; exit 1'] }, periodSeconds: 1 };
    const files = {
      ...good,
      'web.yaml': withContainer({ readinessProbe: probe }),
      'dev.config.ts': config('{}'),
    };
    const { exitCode, stderr } = await up(files);
    expect(stderr).toContain('pod-not-ready');
    expect(stderr).toContain('the moon is not full');
    expect(exitCode).toBe(3);
  });
});

/** The path of a kubeconfig of an account that may do nothing until somebody binds it to a role. */
async function kubeconfigOf(account: string): Promise<string> {
  const token = await tokenOf(account);
  const kubeconfig = parse(await readFile(process.env['KDEV_TEST_KUBECONFIG'] ?? '', 'utf8')) as {
    users: { user: unknown }[];
  };
  for (const user of kubeconfig.users) user.user = { token };
  const dir = await temporaryDir('kdev-kubeconfig-');
  cleanUps.push(dir.remove);
  await writeFile(path.join(dir.path, 'config'), stringify(kubeconfig));
  return path.join(dir.path, 'config');
}

async function tokenOf(name: string): Promise<string> {
  const namespace = 'default';
  await cluster.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace, annotations: { 'kubernetes.io/service-account.name': name } },
    type: 'kubernetes.io/service-account-token',
  };
  await cluster.apply(secret);
  cleanUps.push(() => cluster.delete({ apiVersion: 'v1', kind: 'Secret', name, namespace }));
  cleanUps.push(() => cluster.delete({ apiVersion: 'v1', kind: 'ServiceAccount', name, namespace }));
  return vi.waitFor(
    async () => {
      const made = await cluster.get({ apiVersion: 'v1', kind: 'Secret', name, namespace });
      const token = (made?.['data'] as { token?: string } | undefined)?.token;
      if (token === undefined) throw new Error('the cluster made no token');
      return Buffer.from(token, 'base64').toString();
    },
    { timeout: 60_000, interval: 100 },
  );
}
