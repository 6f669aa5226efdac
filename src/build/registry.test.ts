import { describe, expect, it } from 'vitest';
import { KdevError } from '../core/error.ts';
import type { KubernetesObject, ObjectReference } from '../core/ports/cluster.ts';
import { findRegistry, parseAdvertised } from './registry.ts';

function clusterWith(maps: Record<string, Record<string, string>>) {
  return {
    get: async ({ kind, name, namespace }: ObjectReference): Promise<KubernetesObject | undefined> => {
      const data = namespace === 'kube-public' ? maps[name] : undefined;
      return data && { apiVersion: 'v1', kind, metadata: { name }, data };
    },
  };
}

describe('findRegistry', () => {
  it('takes the three names that a cluster advertises', async () => {
    const text =
      'host: "localhost:5001"\nhostFromContainerRuntime: "registry:5000"\nhostFromClusterNetwork: "10.0.0.9:5000"\n';
    const cluster = clusterWith({ 'local-registry-hosting': { 'localRegistryHosting.v1': text } });
    expect(await findRegistry({ cluster })).toEqual({
      registry: {
        fromHere: 'localhost:5001',
        fromNodes: 'registry:5000',
        fromPods: '10.0.0.9:5000',
        plainHttp: true,
      },
      mirrors: [],
      shortLived: false,
    });
  });

  it('prefers the configured one and keeps the mirror of a box', async () => {
    const configured = { fromHere: 'a', fromNodes: 'a', fromPods: 'a', plainHttp: false };
    const cluster = clusterWith({ 'kdev-box': { mirror: '10.0.0.2:5001' } });
    expect(await findRegistry({ cluster, configured })).toEqual({
      registry: configured,
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

  it('says what to configure where there is none', async () => {
    await expect(findRegistry({ cluster: clusterWith({}) })).rejects.toMatchObject({
      code: 'registry-missing',
      fault: 'user',
    });
  });

  it('has nothing advertised to it when it may not read what is public', async () => {
    const cluster = {
      get: () =>
        Promise.reject(new KdevError({ code: 'cluster-forbidden', fault: 'environment', what: 'no' })),
    };
    await expect(findRegistry({ cluster })).rejects.toMatchObject({ code: 'registry-missing' });
  });
});

describe('parseAdvertised', () => {
  it('uses the host for every side that has no name of its own', () => {
    expect(parseAdvertised('host: http://reg:5000/')).toEqual({
      fromHere: 'reg:5000',
      fromNodes: 'reg:5000',
      fromPods: 'reg:5000',
      plainHttp: true,
    });
  });

  it.each(['', 'help: x', '{', '- a', 'host: ""'])('refuses %j', (text) => {
    expect(() => parseAdvertised(text)).toThrow(
      expect.objectContaining({ code: 'registry-advertised-badly' }),
    );
  });
});
