import { expect, it } from 'vitest';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import { addReferences, findInUse } from './references.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const tag = 'b'.repeat(32);

function found(fields: object) {
  const inUse = { digests: new Set<string>(), tags: new Set<string>() };
  addReferences(inUse, { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, ...fields });
  return { digests: [...inUse.digests], tags: [...inUse.tags] };
}

it.each([
  ['a container', { spec: { containers: [{ image: `10.0.0.2:5000/kdev/web@${digest}` }] } }],
  ['a pod’s status', { status: { containerStatuses: [{ imageID: `docker-pullable://x@${digest}` }] } }],
  [
    'an annotation that holds JSON',
    { metadata: { name: 'a', annotations: { x: `{"r":"kdev/web@${digest}"}` } } },
  ],
  ['a field that nobody foresaw', { spec: { deep: [{ thing: digest }] } }],
])('a digest counts wherever it stands: in %s', (_where, fields) => {
  expect(found(fields).digests).toEqual([digest]);
});

it.each([
  [`localhost:5000/kdev/shop-web:${tag}`, `kdev/shop-web:${tag}`],
  [`registry.example/team/kdev/shop-web:${tag}`, `kdev/shop-web:${tag}`],
  [`kdev/a/b:${tag}`, `kdev/a/b:${tag}`],
])('the tag of %s is %s', (image, expected) => {
  expect(found({ spec: { image } }).tags).toEqual([expected]);
});

it('other people’s images are no reason to keep one of kdev’s', () => {
  expect(found({ spec: { image: 'shop/web:1', other: 'nginx' } })).toEqual({ digests: [], tags: [] });
});

it('what owns is looked at before what is made of it, so that a reference on its way down is met', async () => {
  const order: string[] = [];
  const list = async ({ kind }: { readonly kind: string }): Promise<readonly KubernetesObject[]> => {
    order.push(kind);
    return [];
  };
  await findInUse({ list });
  for (const [owner, owned] of [
    ['Lease', 'Deployment'],
    ['Deployment', 'ReplicaSet'],
    ['CronJob', 'Job'],
    ['StatefulSet', 'ControllerRevision'],
    ['ReplicaSet', 'Pod'],
  ] as const) {
    expect(order.indexOf(owner)).toBeLessThan(order.indexOf(owned));
  }
});
