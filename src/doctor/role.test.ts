import { expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { needsOfKinds } from './needs.ts';
import { roleManifest, rulesOf } from './role.ts';

it('resources of a group that need the same verbs share a rule', () => {
  const needs = [
    { group: 'apps', resource: 'deployments', verbs: ['patch', 'get'] },
    { group: 'apps', resource: 'statefulsets', verbs: ['get', 'patch'] },
    { group: '', resource: 'pods/exec', verbs: ['create'] },
    { group: '', resource: 'namespaces', verbs: ['get'], name: 'shop' },
  ];
  expect(rulesOf(needs)).toEqual([
    { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['get', 'patch'] },
    { apiGroups: [''], resources: ['pods/exec'], verbs: ['create'] },
    { apiGroups: [''], resources: ['namespaces'], resourceNames: ['shop'], verbs: ['get'] },
  ]);
});

it.each([
  ['anna', { kind: 'User', name: 'anna', apiGroup: 'rbac.authorization.k8s.io' }],
  ['system:serviceaccount:ci:robot', { kind: 'ServiceAccount', name: 'robot', namespace: 'ci' }],
  [undefined, { kind: 'User', name: 'FILL-IN-THE-USER', apiGroup: 'rbac.authorization.k8s.io' }],
])('a role is bound to %s as RBAC names it', (person, subject) => {
  const text = roleManifest({ needs: [], namespace: 'shop', person });
  const [role, binding] = parseAllDocuments(text).map((document) => document.toJSON());
  expect(role).toMatchObject({ kind: 'Role', metadata: { namespace: 'shop' } });
  expect(binding).toMatchObject({ kind: 'RoleBinding', subjects: [subject], roleRef: { kind: 'Role' } });
});

it('roles of several people and projects in one namespace do not replace each other', () => {
  const names = [{ person: 'a/b' }, { person: 'anna' }, { person: 'anna', project: 'shop' }].map(
    (each) => parseAllDocuments(roleManifest({ needs: [], ...each }))[0]?.toJSON().metadata.name,
  );
  expect(names).toEqual(['kdev:a-b', 'kdev:anna', 'kdev:shop:anna']);
});

it('without a namespace it is a role for the whole cluster', () => {
  const text = roleManifest({ needs: [], person: 'anna' });
  const [role, binding] = parseAllDocuments(text).map((document) => document.toJSON());
  expect([role.kind, binding.kind, binding.roleRef.kind]).toEqual([
    'ClusterRole',
    'ClusterRoleBinding',
    'ClusterRole',
  ]);
});

it('what manifests hold is needed once for each kind, by the name that the API has for it', () => {
  const needs = needsOfKinds([
    { apiVersion: 'v1', kind: 'Namespace' },
    { apiVersion: 'v1', kind: 'Service' },
    { apiVersion: 'v1', kind: 'Service' },
    { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  ]);
  expect(needs.map(({ group, resource }) => `${group}/${resource}`)).toEqual([
    '/services',
    'networking.k8s.io/ingresses',
  ]);
});
