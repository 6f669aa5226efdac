import { describe, expect, it } from 'vitest';
import { KdevError } from '../core/error.ts';
import type { Cluster, KubernetesObject, ObjectReference } from '../core/ports/cluster.ts';
import { ensureOwnRegistry, readOwnRegistry } from './own-registry.ts';

const namespace = 'kdev-builder';
const storageClass: KubernetesObject = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'fast', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
};
const ready = { conditions: [{ type: 'Ready', status: 'True' }] };
const stuck = {
  containerStatuses: [{ state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } }],
};

/** A cluster of a few objects, in which each Deployment has one pod at once, of that status. */
class FakeCluster {
  readonly written: string[] = [];
  readonly #objects = new Map<string, KubernetesObject>();
  readonly #podStatus: object;
  readonly #forbidden: boolean;

  constructor(options: { objects?: KubernetesObject[]; podStatus?: object; forbidden?: boolean } = {}) {
    for (const object of options.objects ?? [])
      this.#objects.set(keyOf(object.kind, object.metadata.name), object);
    this.#podStatus = options.podStatus ?? ready;
    this.#forbidden = options.forbidden ?? false;
  }

  get port(): Cluster {
    const calls: Pick<Cluster, 'get' | 'list' | 'create' | 'apply'> = {
      get: async ({ kind, name }: ObjectReference) => this.#objects.get(keyOf(kind, name)),
      list: async ({ kind, labelSelector = '' }) => {
        const [label = '', value] = labelSelector.split('=');
        const all = [...this.#objects.values()].filter((object) => object.kind === kind);
        return all.filter(({ metadata }) => label === '' || metadata.labels?.[label] === value);
      },
      create: async (object) => this.#write(object),
      apply: async (object) => this.#write(object),
    };
    return calls as Cluster;
  }

  #write(object: KubernetesObject): KubernetesObject {
    const { kind, metadata } = object;
    if (this.#forbidden) {
      throw new KdevError({ code: 'cluster-forbidden', fault: 'environment', what: `no ${kind} for you` });
    }
    this.written.push(kind);
    const stored = kind === 'Service' ? withNodePort(object) : object;
    this.#objects.set(keyOf(kind, metadata.name), stored);
    if (kind === 'Deployment') {
      const { template } = object['spec'] as { template: { metadata: { labels: Record<string, string> } } };
      const { labels } = template.metadata;
      const pod = {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'pod', labels },
        status: this.#podStatus,
      };
      this.#objects.set(keyOf('Pod', 'pod'), pod);
    }
    return stored;
  }
}

function keyOf(kind: string, name: string): string {
  return `${kind}/${name}`;
}

function withNodePort(object: KubernetesObject): KubernetesObject {
  const metadata = { ...object.metadata, uid: 'service-1' };
  return { ...object, metadata, spec: { ports: [{ port: 5000, nodePort: 30123 }] } };
}

function ensure(fake: FakeCluster, options: { image?: string; said?: string[] } = {}) {
  const { image = 'kdev/registry:1', said = [] } = options;
  const reporter = { step: (text: string) => said.push(text), detail: () => undefined };
  return ensureOwnRegistry({ cluster: fake.port, namespace, image, reporter, troubleMs: 0 });
}

describe('kdev’s own registry', () => {
  it('is made with passwords of its own, and known by three names', async () => {
    const fake = new FakeCluster({ objects: [storageClass] });
    const facts = await ensure(fake);
    expect(fake.written).toEqual(['Namespace', 'Secret', 'PersistentVolumeClaim', 'Service', 'Deployment']);
    expect(facts.registry).toEqual({
      fromPods: 'kdev-registry.kdev-builder.svc.cluster.local:5000',
      fromNodes: 'localhost:30123',
      fromHere: 'kdev-registry.kdev-builder',
      plainHttp: true,
    });
    expect(facts.passwords.push).toMatch(/^[\w-]{43}$/);
    expect(facts.passwords.pull).not.toBe(facts.passwords.push);
    expect(facts.lasting).toBe(true);
  });

  it('is left alone where it is as it should be', async () => {
    const fake = new FakeCluster({ objects: [storageClass] });
    const first = await ensure(fake);
    fake.written.length = 0;
    expect(await ensure(fake)).toEqual(first);
    expect(fake.written).toEqual([]);
  });

  it('is brought up to a new kdev with its volume', async () => {
    const fake = new FakeCluster({ objects: [storageClass] });
    await ensure(fake);
    fake.written.length = 0;
    await ensure(fake, { image: 'kdev/registry:2' });
    expect(fake.written).toContain('Deployment');
    expect(fake.written).not.toContain('PersistentVolumeClaim');
  });

  it('says so where the cluster has no storage for it', async () => {
    const fake = new FakeCluster();
    const said: string[] = [];
    expect((await ensure(fake, { said })).lasting).toBe(false);
    expect(fake.written).not.toContain('PersistentVolumeClaim');
    expect(said.join('\n')).toContain('images go with its pod');
  });

  it('is not made by somebody who only looks', async () => {
    const fake = new FakeCluster();
    expect(await readOwnRegistry({ cluster: fake.port, namespace })).toBeUndefined();
    expect(fake.written).toEqual([]);
  });

  it('that may not be made: says what to configure, or to ask for', async () => {
    await expect(ensure(new FakeCluster({ forbidden: true }))).rejects.toMatchObject({
      code: 'registry-forbidden',
      why: 'no Namespace for you',
      cure: expect.stringContaining('kdev doctor') as string,
    });
  });

  it('whose pod does not get ready: says why', async () => {
    await expect(ensure(new FakeCluster({ podStatus: stuck }))).rejects.toMatchObject({
      code: 'registry-not-ready',
      why: 'ImagePullBackOff: no such image.',
    });
  });
});
