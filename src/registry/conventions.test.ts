import { describe, expect, it } from 'vitest';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import { type ClusterSigns, registryBySigns } from './conventions.ts';

function service(spec: object, labels: Record<string, string> = {}): KubernetesObject {
  return { apiVersion: 'v1', kind: 'Service', metadata: { name: 'registry', labels }, spec };
}

const kindNode = 'kind://docker/kind/kind-control-plane';
const microk8s = {
  fromPods: 'registry.container-registry.svc.cluster.local:5000',
  fromNodes: 'localhost:32000',
  fromHere: 'registry.container-registry',
  plainHttp: true,
};

const cases: readonly (readonly [title: string, signs: ClusterSigns, names: object | undefined])[] = [
  [
    'k3d, whose ConfigMap says everything',
    {
      advertised:
        'host: k3d-registry.localhost:5000\nhostFromContainerRuntime: k3d-registry:5000\nhostFromClusterNetwork: k3d-registry:5000\n',
      providerId: 'k3s://k3d-server-0',
    },
    {
      fromPods: 'k3d-registry:5000',
      fromNodes: 'k3d-registry:5000',
      fromHere: 'k3d-registry.localhost:5000',
      plainHttp: true,
    },
  ],
  [
    'kind by its documented script, which leaves out how pods get there',
    { advertised: 'host: "localhost:5001"\n', providerId: kindNode },
    {
      fromPods: 'kind-registry:5000',
      fromNodes: 'localhost:5001',
      fromHere: 'localhost:5001',
      plainHttp: true,
    },
  ],
  [
    'kind with a ConfigMap that says everything',
    { advertised: 'host: localhost:5001\nhostFromClusterNetwork: reg:5000', providerId: kindNode },
    { fromPods: 'reg:5000', fromNodes: 'localhost:5001', fromHere: 'localhost:5001', plainHttp: true },
  ],
  [
    'MicroK8s, with the ConfigMap of its addon',
    {
      advertised: 'host: "localhost:32000"',
      addonService: service({ ports: [{ port: 5000, nodePort: 32000 }] }),
    },
    microk8s,
  ],
  [
    'MicroK8s, without one',
    { addonService: service({ ports: [{ port: 5000, nodePort: 32000 }] }) },
    microk8s,
  ],
  [
    'the registry addon of minikube',
    { systemService: service({ ports: [{ port: 80 }] }, { 'kubernetes.io/minikube-addons': 'registry' }) },
    {
      fromPods: 'registry.kube-system.svc.cluster.local',
      fromNodes: 'localhost:5000',
      fromHere: 'registry.kube-system',
      plainHttp: true,
    },
  ],
  [
    'a Service of that name that is somebody else’s',
    { systemService: service({ ports: [{ port: 80 }] }) },
    undefined,
  ],
  [
    'another port than MicroK8s documents',
    { addonService: service({ ports: [{ nodePort: 30000 }] }) },
    undefined,
  ],
  ['a cluster of which nothing is known', { providerId: 'aws:///eu-west-1a/i-0' }, undefined],
];

describe('a cluster’s own word about its registry', () => {
  it.each(cases)('%s', (_, signs, names) => {
    expect(registryBySigns(signs)?.registry).toEqual(names);
  });

  it('says which pods a registry without an address from here has', () => {
    expect(registryBySigns({ systemService: cases[5]?.[1].systemService })?.forward).toEqual({
      namespace: 'kube-system',
      labelSelector: 'actual-registry=true',
      port: 5000,
    });
    expect(registryBySigns({ advertised: 'host: localhost:5001' })?.forward).toBeUndefined();
  });
});
