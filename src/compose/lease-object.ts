import { managedLabels } from '../core/managed-labels.ts';
import type { KubernetesObject, ObjectReference } from '../core/ports/cluster.ts';
import type { WorkloadReference } from '../core/service.ts';
import { workloadSecretName } from '../inject/workload-secret.ts';
import { type LeaseHolder, parseHolder } from './lease-holder.ts';

/** A holder that does not renew for so long is taken for dead, by the clock of whoever looks, s. */
export const leaseSeconds = 15;

const holderAnnotation = 'kdev.dev/holder';

/** A workload's Lease as a session reads it. */
export interface LeaseState {
  readonly resourceVersion: string;
  /** Empty when nobody has it. */
  readonly identity: string;
  /** Absent when nobody has it, or somebody who is no kdev. */
  readonly holder?: LeaseHolder;
  /** RFC 3339; empty when it does not say. */
  readonly since: string;
  /** The highest term that a holder began. */
  readonly term: number;
  readonly durationMs: number;
}

export function leaseReference(namespace: string, workload: WorkloadReference): ObjectReference {
  const name = workloadSecretName(workload);
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name, namespace };
}

export function readLease(object: KubernetesObject): LeaseState {
  const spec = (object['spec'] ?? {}) as Readonly<Record<string, unknown>>;
  const text = (name: string): string => {
    const value = spec[name];
    return typeof value === 'string' ? value : '';
  };
  const holder = parseHolder(object.metadata.annotations?.[holderAnnotation]);
  const identity = text('holderIdentity');
  return {
    resourceVersion: String(object.metadata['resourceVersion'] ?? ''),
    identity,
    ...(holder !== undefined && holder.id === identity && { holder }),
    since: text('acquireTime'),
    term: Number(spec['leaseTransitions']) || 0,
    durationMs: (Number(spec['leaseDurationSeconds']) || leaseSeconds) * 1_000,
  };
}

/** What the holder writes of itself. The term stands where Kubernetes counts how often a Lease changed hands. */
export function heldBy(
  holder: LeaseHolder,
  facts: { readonly since: number; readonly now: number; readonly term: number },
): { readonly metadata: { readonly annotations: Readonly<Record<string, string>> }; readonly spec: object } {
  return {
    metadata: { annotations: { [holderAnnotation]: JSON.stringify(holder) } },
    spec: {
      holderIdentity: holder.id,
      acquireTime: microTime(facts.since),
      renewTime: microTime(facts.now),
      leaseDurationSeconds: leaseSeconds,
      leaseTransitions: facts.term,
    },
  };
}

/** What is left of a Lease that nobody has. */
export const heldByNobody = {
  metadata: { annotations: { [holderAnnotation]: null } },
  spec: { holderIdentity: null, acquireTime: null, renewTime: null },
} as const;

export function newLease(options: {
  readonly reference: ObjectReference;
  readonly project: string;
  readonly held: ReturnType<typeof heldBy>;
}): KubernetesObject {
  const { reference, project, held } = options;
  const { apiVersion, kind, ...place } = reference;
  const metadata = { ...place, ...held.metadata, labels: managedLabels(project) };
  return { apiVersion, kind, metadata, spec: held.spec };
}

/** A Kubernetes MicroTime. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
