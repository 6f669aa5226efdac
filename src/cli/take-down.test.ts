import { describe, expect, it } from 'vitest';
import { KdevError } from '../core/error.ts';
import { managedLabels } from '../core/managed-labels.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import { silentReporter } from '../core/reporter.ts';
import { takeDown } from './take-down.ts';

const ours = managedLabels('shop');

function object(
  kind: string,
  name: string,
  metadata: Partial<KubernetesObject['metadata']> = {},
): KubernetesObject {
  const apiVersion = kind === 'Deployment' ? 'apps/v1' : kind === 'Widget' ? 'example.org/v1' : 'v1';
  const namespace = kind === 'Namespace' ? {} : { namespace: 'shop' };
  return { apiVersion, kind, metadata: { name, ...namespace, ...metadata } };
}

/** Holds objects by title; a deleted one is seen `lingers` more times, as a real one is while its pods end. */
function fakeCluster(objects: readonly KubernetesObject[], options: { forbidden?: string } = {}) {
  const titleOf = ({ kind, name }: { kind: string; name: string }) => `${kind}/${name}`;
  const present = new Map(
    objects.map((each) => [titleOf({ kind: each.kind, name: each.metadata.name }), each]),
  );
  const lingering = new Map<string, number>();
  const cluster: Partial<Cluster> = {
    list: async ({ kind, labelSelector }) => {
      if (kind === options.forbidden) {
        throw new KdevError({ code: 'cluster-forbidden', fault: 'environment', what: 'No.' });
      }
      const wanted = (labelSelector ?? '').split(',').filter((part) => part !== '');
      return [...present.values()].filter(
        (each) =>
          each.kind === kind &&
          wanted.every((part) => {
            const [name = '', value] = part.split('=');
            return each.metadata.labels?.[name] === value;
          }),
      );
    },
    get: async ({ kind, name }) => {
      const title = titleOf({ kind, name });
      const left = lingering.get(title);
      if (left === 0) present.delete(title);
      if (left !== undefined) lingering.set(title, left - 1);
      return present.get(title);
    },
    delete: async ({ kind, name }) => {
      if (present.has(titleOf({ kind, name }))) lingering.set(titleOf({ kind, name }), 1);
    },
  };
  return { cluster: cluster as Cluster, left: () => [...present.keys()].sort() };
}

function options(cluster: Cluster, kinds: readonly { apiVersion: string; kind: string }[] = []) {
  const { signal } = new AbortController();
  return { cluster, project: 'shop', namespace: 'shop', kinds, reporter: silentReporter, signal };
}

const born = [object('ServiceAccount', 'default'), object('ConfigMap', 'kube-root-ca.crt')];
const adder = [
  object('Deployment', 'adder', { labels: ours }),
  object('Secret', 'kdev-deployment-adder', { labels: ours }),
  object('Namespace', 'shop', { labels: ours }),
];

describe('taking down', () => {
  it('removes what has the project’s labels, waits until it is gone, and the namespace that kdev made', async () => {
    const { cluster, left } = fakeCluster([...born, ...adder]);
    expect(await takeDown(options(cluster))).toEqual({
      removed: ['Deployment/adder', 'Namespace/shop', 'Secret/kdev-deployment-adder'],
    });
    expect(left()).not.toContain('Namespace/shop');
  });

  it('keeps a namespace with anything of somebody else’s in it, and says what', async () => {
    const { cluster, left } = fakeCluster([...born, ...adder, object('Secret', 'theirs')]);
    const { removed, namespaceStays } = await takeDown(options(cluster));
    expect(removed).toEqual(['Deployment/adder', 'Secret/kdev-deployment-adder']);
    expect(namespaceStays).toBe("Secret/theirs in it is not kdev's");
    expect(left()).toEqual([
      'ConfigMap/kube-root-ca.crt',
      'Namespace/shop',
      'Secret/theirs',
      'ServiceAccount/default',
    ]);
  });

  it('keeps a namespace that kdev did not make, and another project’s objects', async () => {
    const { cluster, left } = fakeCluster([
      object('Namespace', 'shop'),
      object('Deployment', 'adder', { labels: ours }),
      object('Deployment', 'web', { labels: managedLabels('other') }),
    ]);
    expect(await takeDown(options(cluster))).toEqual({ removed: ['Deployment/adder'] });
    expect(left()).toEqual(['Deployment/web', 'Namespace/shop']);
  });

  it('leaves to the cluster what belongs to something else', async () => {
    const owned = object('Pod', 'adder-1', { labels: ours, ownerReferences: [{ kind: 'ReplicaSet' }] });
    const { cluster } = fakeCluster([...adder, owned]);
    expect((await takeDown(options(cluster))).removed).not.toContain('Pod/adder-1');
  });

  it('finds kinds of the manifests that are not usual', async () => {
    const { cluster } = fakeCluster([object('Widget', 'w', { labels: ours })]);
    expect((await takeDown(options(cluster))).removed).toEqual([]);
    const kinds = [{ apiVersion: 'example.org/v1', kind: 'Widget' }];
    expect((await takeDown(options(cluster, kinds))).removed).toEqual(['Widget/w']);
  });

  it('does not need to see kinds that the manifests do not have', async () => {
    const { cluster } = fakeCluster([object('Deployment', 'adder', { labels: ours })], {
      forbidden: 'CronJob',
    });
    expect((await takeDown(options(cluster))).removed).toEqual(['Deployment/adder']);
    const kinds = [{ apiVersion: 'batch/v1', kind: 'CronJob' }];
    await expect(takeDown(options(cluster, kinds))).rejects.toMatchObject({ code: 'cluster-forbidden' });
  });

  it('is a success where there is nothing', async () => {
    const { cluster } = fakeCluster([]);
    expect(await takeDown(options(cluster))).toEqual({ removed: [] });
  });

  it('ends with its signal', async () => {
    const { cluster } = fakeCluster(adder);
    const abort = new AbortController();
    abort.abort(new Error('enough'));
    await expect(takeDown({ ...options(cluster), signal: abort.signal })).rejects.toThrow('enough');
  });
});
