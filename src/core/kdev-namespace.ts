import type { KubernetesObject } from './ports/cluster.ts';

/**
 * The namespace of kdev's own programs in a cluster. Each of them applies it, so it must be the same for all: BuildKit
 * without root needs what the PodSecurity level `baseline` forbids.
 */
export function kdevNamespace(name: string): KubernetesObject {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: { 'kdev.dev/managed': 'builder', 'pod-security.kubernetes.io/enforce': 'privileged' },
    },
  };
}
