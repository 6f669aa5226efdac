import type { KubernetesObject } from '../core/ports/cluster.ts';
import type { Registry } from '../core/ports/registry.ts';
import { parseAdvertised, saysFromPods } from './advertised.ts';

/** A port of the ready pods with some labels, reached through the API server. */
export interface PodPort {
  readonly namespace: string;
  readonly labelSelector: string;
  readonly port: number;
}

/** What is known of a cluster that may tell where its registry is. */
export interface ClusterSigns {
  /** Text of `localRegistryHosting.v1`. */
  readonly advertised?: string | undefined;
  /** `spec.providerID` of a node. */
  readonly providerId?: string | undefined;
  /** The Service kube-system/registry. */
  readonly systemService?: KubernetesObject | undefined;
  /** The Service container-registry/registry. */
  readonly addonService?: KubernetesObject | undefined;
}

export interface ConventionalRegistry {
  readonly registry: Registry;
  /** Who made it, for people. */
  readonly by: string;
  /** How this machine gets there, where it is not by `fromHere`. */
  readonly forward?: PodPort;
}

/** The names that MicroK8s gives its built-in registry (microk8s.io/docs/registry-built-in). */
const microk8s = {
  registry: {
    fromPods: 'registry.container-registry.svc.cluster.local:5000',
    fromNodes: 'localhost:32000',
    fromHere: 'registry.container-registry',
    plainHttp: true,
  },
  by: 'the registry of MicroK8s',
  forward: { namespace: 'container-registry', labelSelector: 'app=registry', port: 5000 },
} as const satisfies ConventionalRegistry;

/** Those of minikube's (minikube.sigs.k8s.io/docs/handbook/registry): its proxy listens on each node's port 5000. */
const minikube = {
  registry: {
    fromPods: 'registry.kube-system.svc.cluster.local',
    fromNodes: 'localhost:5000',
    fromHere: 'registry.kube-system',
    plainHttp: true,
  },
  by: 'the registry addon of minikube',
  forward: { namespace: 'kube-system', labelSelector: 'actual-registry=true', port: 5000 },
} as const satisfies ConventionalRegistry;

/**
 * The registry of a cluster that says itself where it is, or that was made by a tool that always puts it in the same
 * place. k3d says everything in the ConfigMap; kind's documented script and MicroK8s leave out how pods reach it.
 *
 * @throws KdevError `registry-advertised-badly`
 */
export function registryBySigns(signs: ClusterSigns): ConventionalRegistry | undefined {
  const { addonService, advertised, providerId, systemService } = signs;
  if (advertised !== undefined) {
    const registry = parseAdvertised(advertised);
    const by = 'the ConfigMap kube-public/local-registry-hosting';
    if (saysFromPods(advertised) || !isLoopback(registry.fromPods)) return { registry, by };
    if (addonService && registry.fromNodes === microk8s.registry.fromNodes) return microk8s;
    // kind.sigs.k8s.io/docs/user/local-registry: a container of that name in the nodes' Docker network.
    if (providerId?.startsWith('kind://')) {
      return { registry: { ...registry, fromPods: 'kind-registry:5000' }, by: 'the local registry of kind' };
    }
    return { registry, by };
  }
  if (nodePortOf(addonService) === 32000) return microk8s;
  return systemService?.metadata.labels?.['kubernetes.io/minikube-addons'] === 'registry'
    ? minikube
    : undefined;
}

/** In a pod that would be the pod itself. */
function isLoopback(host: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:|$)/.test(host);
}

function nodePortOf(service: KubernetesObject | undefined): number | undefined {
  const spec = service?.['spec'] as
    | { readonly ports?: readonly { readonly nodePort?: number }[] }
    | undefined;
  return spec?.ports?.[0]?.nodePort;
}
