import { stringify } from 'yaml';
import { ports } from './components.ts';
import type { BoxAddresses } from './subnet.ts';

/** A Kubernetes object with the path it is applied at. */
export interface ClusterObject {
  readonly path: string;
  readonly object: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: object;
  } & Readonly<Record<string, unknown>>;
}

/** What a box's cluster holds from the start: the service of its DNS, and where its registries are. */
export function clusterObjects(addresses: BoxAddresses, standIns: readonly string[]): ClusterObject[] {
  const registry = `${addresses.box}:${ports.registry}`;
  const mirror = `${addresses.box}:${ports.mirror}`;
  return [
    ...dnsObjects(addresses),
    configMap('local-registry-hosting', {
      // KEP-1755: one registry, three points of view.
      'localRegistryHosting.v1': stringify({
        host: registry,
        hostFromContainerRuntime: registry,
        hostFromClusterNetwork: registry,
        help: 'kdev box',
      }),
    }),
    configMap('kdev-box', { registry, mirror, standIns: standIns.join('\n') }),
  ];
}

function configMap(name: string, data: Record<string, string>): ClusterObject {
  return {
    path: `/api/v1/namespaces/kube-public/configmaps/${name}`,
    object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: 'kube-public' }, data },
  };
}

/** CoreDNS runs beside the kubelet, so its service has no selector but says where it is. */
function dnsObjects(addresses: BoxAddresses): ClusterObject[] {
  const dnsPorts = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ];
  const subject = { kind: 'User', name: 'system:coredns', apiGroup: 'rbac.authorization.k8s.io' };
  const read = ['list', 'watch'];
  return [
    {
      path: '/apis/rbac.authorization.k8s.io/v1/clusterroles/system:coredns',
      object: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRole',
        metadata: { name: 'system:coredns' },
        rules: [
          { apiGroups: [''], resources: ['endpoints', 'services', 'pods', 'namespaces'], verbs: read },
          { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: read },
        ],
      },
    },
    {
      path: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:coredns',
      object: {
        apiVersion: 'rbac.authorization.k8s.io/v1',
        kind: 'ClusterRoleBinding',
        metadata: { name: 'system:coredns' },
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
        subjects: [subject],
      },
    },
    {
      path: '/api/v1/namespaces/kube-system/services/kube-dns',
      object: {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'kube-dns', namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' } },
        spec: { clusterIP: addresses.dnsService, ports: dnsPorts },
      },
    },
    {
      path: '/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices/kube-dns',
      object: {
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: {
          name: 'kube-dns',
          namespace: 'kube-system',
          labels: { 'kubernetes.io/service-name': 'kube-dns' },
        },
        addressType: 'IPv4',
        endpoints: [{ addresses: [addresses.box], conditions: { ready: true } }],
        ports: dnsPorts,
      },
    },
  ];
}
