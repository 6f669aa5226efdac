import { describe, expect, it } from 'vitest';
import { KdevError } from '../core/error.ts';
import type { KubernetesObject, ObjectReference } from '../core/ports/cluster.ts';
import type { DeployedService } from './deployed-service.ts';
import { providePullSecrets } from './pull-secrets.ts';

const config = { entrypoint: [], command: [], user: '', workingDir: '/', env: [] };

function deployed(image: string | undefined): DeployedService {
  const workload = { kind: 'Deployment', name: 'web' } as const;
  const service = { name: 'web', workload } as DeployedService['service'];
  return {
    service,
    container: 'web',
    replicas: 1,
    ...(image !== undefined && { image: { reference: image, inputs: '', rules: '', config } }),
  };
}

function deployment(pod: object = {}): KubernetesObject {
  const template = { spec: { containers: [{ name: 'web' }], ...pod } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' }, spec: { template } };
}

function account(name: string, secrets: readonly string[]): KubernetesObject {
  const imagePullSecrets = secrets.map((secret) => ({ name: secret }));
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name }, imagePullSecrets };
}

async function provide(
  objects: readonly KubernetesObject[],
  options: {
    image?: string;
    inCluster?: KubernetesObject;
    get?: (reference: ObjectReference) => Promise<KubernetesObject | undefined>;
  } = {},
) {
  const { image = 'own/web@sha256:1', inCluster } = options;
  const get =
    options.get ??
    (async ({ kind, name }: ObjectReference) =>
      inCluster?.kind === kind && inCluster.metadata.name === name ? inCluster : undefined);
  const found = await providePullSecrets({
    cluster: { get },
    namespace: 'shop',
    registry: {
      providePullSecret: async (reference) => (reference.startsWith('own/') ? 'kdev-pull-shop' : undefined),
    },
    objects,
    deployed: [deployed(image)],
    signal: new AbortController().signal,
  });
  return found.get('Deployment/web');
}

describe('the pull secrets of a workload', () => {
  it('are what its registry asks for', async () => {
    expect(await provide([deployment()])).toEqual(['kdev-pull-shop']);
    expect(await provide([deployment()], { image: 'other/web@sha256:1' })).toBeUndefined();
  });

  it('keep those of the service account, which Kubernetes would leave out', async () => {
    const inCluster = account('default', ['regcred']);
    expect(await provide([deployment()], { inCluster })).toEqual(['regcred', 'kdev-pull-shop']);
    const own = deployment({ serviceAccountName: 'robot' });
    expect(await provide([own, account('robot', ['robots'])], { inCluster })).toEqual([
      'robots',
      'kdev-pull-shop',
    ]);
  });

  it('leave the service account’s away where Kubernetes does', async () => {
    const inCluster = account('default', ['regcred']);
    const own = deployment({ imagePullSecrets: [{ name: 'mine' }] });
    expect(await provide([own], { inCluster })).toEqual(['kdev-pull-shop']);
  });

  it('do without a service account that may not be read', async () => {
    const get = () =>
      Promise.reject(new KdevError({ code: 'cluster-forbidden', fault: 'environment', what: 'no' }));
    expect(await provide([deployment()], { get })).toEqual(['kdev-pull-shop']);
  });
});
