import { managedLabels } from '../core/managed-labels.ts';
import { secretKeys } from '../core/pod-layout.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import type { WorkloadReference } from '../core/service.ts';

/** Object names end at 253 characters; a workload's own name is never longer than that. */
const maxNameLength = 253;

/** The name of a workload's Secret: always the same, so that a second machine finds it. */
export function workloadSecretName({ kind, name }: WorkloadReference): string {
  return `kdev-${kind.toLowerCase()}-${name}`.slice(0, maxNameLength).replace(/[.-]+$/, '');
}

/** What a workload's pods and sessions share, made once. Only who may read it can connect. */
export function workloadSecret(options: {
  readonly workload: WorkloadReference;
  readonly namespace: string;
  readonly project: string;
  /** OpenSSH formats: private keys as PEM, public ones as one line. */
  readonly keys: {
    readonly hostKey: string;
    readonly hostPublicKey: string;
    readonly clientKey: string;
    readonly authorizedKeys: string;
  };
  /** Floor of the session terms that an agent born from now on obeys. */
  readonly term: number;
}): KubernetesObject {
  const { keys } = options;
  const data = {
    [secretKeys.hostKey]: keys.hostKey,
    [secretKeys.hostPublicKey]: keys.hostPublicKey,
    [secretKeys.clientKey]: keys.clientKey,
    [secretKeys.authorizedKeys]: keys.authorizedKeys,
    [secretKeys.term]: String(options.term),
  };
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: workloadSecretName(options.workload),
      namespace: options.namespace,
      labels: managedLabels(options.project),
    },
    type: 'Opaque',
    data: Object.fromEntries(
      Object.entries(data).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
    ),
  };
}
