import { describe, expect, it } from 'vitest';
import { KdevError } from '../core/error.ts';
import type { KubernetesObject, ObjectReference } from '../core/ports/cluster.ts';
import { findRegistry } from './find-registry.ts';

function clusterWith(maps: Record<string, Record<string, string>>) {
  return {
    get: async ({ kind, name, namespace }: ObjectReference): Promise<KubernetesObject | undefined> => {
      const data = kind === 'ConfigMap' && namespace === 'kube-public' ? maps[name] : undefined;
      return data && { apiVersion: 'v1', kind, metadata: { name }, data };
    },
    list: async () => [],
  };
}

describe('findRegistry', () => {
  it('takes the three names that a cluster advertises', async () => {
    const text =
      'host: "localhost:5001"\nhostFromContainerRuntime: "registry:5000"\nhostFromClusterNetwork: "10.0.0.9:5000"\n';
    const cluster = clusterWith({ 'local-registry-hosting': { 'localRegistryHosting.v1': text } });
    expect(await findRegistry({ cluster })).toMatchObject({
      found: {
        registry: {
          fromHere: 'localhost:5001',
          fromNodes: 'registry:5000',
          fromPods: '10.0.0.9:5000',
          plainHttp: true,
        },
      },
      mirrors: [],
      shortLived: false,
    });
  });

  it('prefers the configured one and keeps the mirror of a box', async () => {
    const configured = { fromHere: 'a', fromNodes: 'a', fromPods: 'a', plainHttp: false };
    const cluster = clusterWith({
      'kdev-box': { mirror: '10.0.0.2:5001' },
      'local-registry-hosting': { 'localRegistryHosting.v1': 'host: other:5000' },
    });
    expect(await findRegistry({ cluster, configured })).toMatchObject({
      found: { registry: configured },
      mirrors: ['10.0.0.2:5001'],
      shortLived: false,
    });
  });

  it('knows that a box’s own registry goes with the box', async () => {
    const text = 'host: "10.0.0.2:5000"';
    const cluster = clusterWith({
      'local-registry-hosting': { 'localRegistryHosting.v1': text },
      'kdev-box': { registry: '10.0.0.2:5000' },
    });
    expect(await findRegistry({ cluster })).toMatchObject({ shortLived: true });
  });

  it('finds none where nobody names one, in a box too', async () => {
    const box = { 'kdev-box': { mirror: '10.0.0.2:5001' } };
    expect(await findRegistry({ cluster: clusterWith({}) })).toEqual({ mirrors: [], shortLived: false });
    expect(await findRegistry({ cluster: clusterWith(box) })).toEqual({
      mirrors: ['10.0.0.2:5001'],
      shortLived: false,
    });
  });

  it('has nothing advertised to it when it may not read what is public', async () => {
    const forbidden = () =>
      Promise.reject(new KdevError({ code: 'cluster-forbidden', fault: 'environment', what: 'no' }));
    const cluster = { get: forbidden, list: forbidden };
    expect(await findRegistry({ cluster })).toEqual({ mirrors: [], shortLived: false });
  });
});
