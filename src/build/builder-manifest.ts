import { stringify } from 'yaml';
import { kdevNamespace } from '../core/kdev-namespace.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';

const write = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'];

/**
 * What an administrator applies once, where people may not make kdev's namespace themselves: the namespace, and for
 * whom it is the right to have a builder and kdev's own registry in it. YAML of several documents.
 *
 * @param options.user the person's name as the API server knows it
 * @default for everybody who is logged in to the cluster
 */
export function builderManifest(
  options: { readonly namespace?: string; readonly user?: string | undefined } = {},
): string {
  const { namespace = 'kdev-builder', user } = options;
  const apiGroup = 'rbac.authorization.k8s.io';
  const metadata = { name: 'kdev-builder', namespace };
  const subject =
    user === undefined
      ? { kind: 'Group', name: 'system:authenticated', apiGroup }
      : { kind: 'User', name: user, apiGroup };
  const objects: readonly KubernetesObject[] = [
    kdevNamespace(namespace),
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'Role',
      metadata,
      rules: [
        { apiGroups: [''], resources: ['namespaces'], resourceNames: [namespace], verbs: ['get'] },
        { apiGroups: ['apps'], resources: ['deployments'], verbs: write },
        { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['get', 'list', 'watch'] },
        {
          apiGroups: [''],
          resources: ['configmaps', 'persistentvolumeclaims', 'secrets', 'services', 'pods'],
          verbs: write,
        },
        { apiGroups: [''], resources: ['pods/exec', 'pods/portforward'], verbs: ['get', 'create'] },
        { apiGroups: [''], resources: ['pods/log', 'events'], verbs: ['get', 'list', 'watch'] },
        { apiGroups: ['coordination.k8s.io'], resources: ['leases'], verbs: write },
      ],
    },
    {
      apiVersion: `${apiGroup}/v1`,
      kind: 'RoleBinding',
      // Of several people, each has one.
      metadata:
        user === undefined ? metadata : { ...metadata, name: `kdev-builder:${user.replace(/[/%]/g, '-')}` },
      subjects: [subject],
      roleRef: { kind: 'Role', name: metadata.name, apiGroup },
    },
  ];
  return objects.map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');
}
