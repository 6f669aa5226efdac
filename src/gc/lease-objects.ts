import type { KubernetesObject, ObjectReference } from '../core/ports/cluster.ts';

/** A build or a collection that does not renew for so long is taken for dead, by the clock of whoever looks, s. */
export const leaseSeconds = 30;
/** How often each says that it lives, ms: two may be lost before others take it for dead. */
export const renewMs = (leaseSeconds * 1_000) / 3;

export const buildLeaseLabel = 'kdev.dev/lease';
const holderAnnotation = 'kdev.dev/holder';
const imageAnnotation = 'kdev.dev/image';
const collectedAnnotation = 'kdev.dev/collected';

/** A Lease of a build or of the collection, as others read it. */
export interface SeenLease {
  readonly name: string;
  readonly resourceVersion: string;
  /** Somebody builds or collects. */
  readonly active: boolean;
  /** Who, in the holder's own words; empty when that is not said. */
  readonly holder: string;
  readonly image: string;
  /** When the holder wrote it last, ms since the epoch by its own clock; undefined when it does not say. */
  readonly writtenAt: number | undefined;
  /** When the registry was collected last, ms since the epoch. */
  readonly collectedAt: number | undefined;
}

export function leaseReference(namespace: string, name: string): ObjectReference {
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', name, namespace };
}

export function readLease({ metadata, spec }: KubernetesObject): SeenLease {
  const { holderIdentity, renewTime } = (spec ?? {}) as Readonly<Record<string, unknown>>;
  const { annotations = {} } = metadata;
  return {
    name: metadata.name,
    resourceVersion: String(metadata['resourceVersion'] ?? ''),
    active: typeof holderIdentity === 'string' && holderIdentity !== '',
    holder: annotations[holderAnnotation] ?? '',
    image: annotations[imageAnnotation] ?? '',
    writtenAt: timeOf(renewTime),
    collectedAt: timeOf(annotations[collectedAnnotation]),
  };
}

function timeOf(text: unknown): number | undefined {
  const ms = typeof text === 'string' ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}

/** What whoever holds a Lease writes, at first and to renew it. */
export function heldBy(options: { readonly id: string; readonly holder: string; readonly now: number }): {
  readonly metadata: { readonly annotations: Readonly<Record<string, string>> };
  readonly spec: object;
} {
  const { holder, id, now } = options;
  return {
    metadata: { annotations: { [holderAnnotation]: holder } },
    spec: { holderIdentity: id, renewTime: microTime(now), leaseDurationSeconds: leaseSeconds },
  };
}

export function namingImage(image: string): Readonly<Record<string, string>> {
  return { [imageAnnotation]: image };
}

/** Nobody builds or collects any more. */
export function heldByNobody(now: number, collected = false): object {
  return {
    ...(collected && { metadata: { annotations: { [collectedAnnotation]: new Date(now).toISOString() } } }),
    spec: { holderIdentity: null, renewTime: microTime(now) },
  };
}

/** A Kubernetes MicroTime. */
function microTime(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}
