import { afterAll, describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../../src/core/ports/cluster.ts';
import type { Service } from '../../src/core/service.ts';
import { selectWorkload } from '../../src/manifests/select-workload.ts';
import { makePlace, runKdev, smallProject } from './kdev-command.ts';

const environments = "environments: { local: { manifests: 'k8s' }, staging: { manifests: 'k8s' } }";
const place = makePlace({
  ...smallProject,
  'dev.config.ts': smallProject['dev.config.ts'].replace("manifests: 'k8s'", environments),
  'typo.ts': smallProject['dev.config.ts'].replace('sync', 'snyc'),
  'kubeconfig.yaml': `apiVersion: v1
kind: Config
clusters: [{ name: c, cluster: { server: 'https://127.0.0.1:1' } }]
users: [{ name: u, user: {} }]
contexts: [{ name: minikube, context: { cluster: c, user: u } }]
`,
});
afterAll(() => place.remove());

it.each([
  ['a command', ['wtach'], 'watch'],
  ['a command of a group', ['box', 'crate', 'x'], 'create'],
  ['an option', ['status', '--jsno'], '--json'],
  ['a service', ['up', 'addr'], 'adder'],
  ['an environment', ['status', '--env', 'stagign'], '--env staging'],
  ['a context', ['status', '--context', 'minikub'], '--context minikube'],
  ['a key of the configuration', ['status', '--config', 'typo.ts'], 'sync'],
])('%s that is misspelt is told with the right one', async (_, args, meant) => {
  const env = { ...place.env, KUBECONFIG: `${place.root}/kubeconfig.yaml` };
  const { code, stderr } = await runKdev({ ...place, env }, ...args);
  expect(stderr.replaceAll(args.join(' '), '')).toContain(meant);
  expect(code).toBe(2);
});

describe('in the manifests', () => {
  const deployment: KubernetesObject = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'adder' },
    spec: { template: { spec: { containers: [{ name: 'web' }, { name: 'proxy' }] } } },
  };
  const select = (workload: string, container?: string) =>
    selectWorkload({
      objects: [deployment],
      service: {
        name: 'adder',
        workload: { kind: 'Deployment', name: workload },
        ...(container !== undefined && { container }),
      } as Service,
    });

  it('so is a workload', () => {
    expect(() => select('addre')).toThrow(
      expect.objectContaining({
        code: 'workload-unknown',
        cure: expect.stringContaining('deployment/adder') as string,
      }),
    );
  });

  it('so is a container', () => {
    expect(() => select('adder', 'wbe')).toThrow(
      expect.objectContaining({
        code: 'container-unknown',
        cure: expect.stringContaining('to web') as string,
      }),
    );
  });
});
