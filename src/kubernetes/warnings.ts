import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';

interface WarningEvent {
  readonly type?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly involvedObject?: { readonly fieldPath?: string };
}

export interface Warning {
  /** The container it is about, where it is about one. */
  readonly container?: string;
  readonly reason: string;
  readonly message: string;
}

/** The warnings that the cluster's components left about an object, the newest first. */
export async function warningsAbout(cluster: Cluster, object: KubernetesObject): Promise<readonly Warning[]> {
  const events = (await cluster.list({
    apiVersion: 'v1',
    kind: 'Event',
    namespace: object.metadata.namespace ?? 'default',
    fieldSelector: `involvedObject.uid=${String(object.metadata['uid'])},type=Warning`,
  })) as readonly (KubernetesObject & WarningEvent)[];
  const at = (event: WarningEvent): number => Date.parse(event.lastTimestamp ?? event.eventTime ?? '') || 0;
  return [...events]
    .sort((a, b) => at(b) - at(a))
    .map(({ reason = '', message = '', involvedObject }) => {
      const container = /\{(.+)\}$/.exec(involvedObject?.fieldPath ?? '')?.[1];
      return {
        reason,
        message: message.trim().replace(/\s*\n\s*/g, ' / '),
        ...(container !== undefined && { container }),
      };
    });
}
