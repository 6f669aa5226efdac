import { podLayout } from '../core/pod-layout.ts';
import type { PodFacts } from '../core/ports/cluster.ts';
import type { ContainerStatus, Pod } from './pod.ts';
import { troubleOf } from './pod-trouble.ts';

/** What a Pod object says, in the session's terms. */
export function readPodFacts(pod: Pod): PodFacts {
  const { metadata, status } = pod;
  const trouble = troubleOf(pod);
  const sidecar = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])].find(
    ({ name }) => name === podLayout.sidecarContainer,
  );
  const statuses = (status?.containerStatuses ?? []).filter(
    ({ name }) => name !== podLayout.sidecarContainer,
  );
  return {
    name: metadata.name,
    uid: String(metadata['uid'] ?? ''),
    phase: status?.phase ?? 'Pending',
    deleting: metadata['deletionTimestamp'] !== undefined,
    ready: status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
    sidecarStarted: sidecar?.started === true && sidecar.state?.running !== undefined,
    containers: Object.fromEntries(statuses.map((container) => [container.name, readContainer(container)])),
    revision: revisionOf(metadata.labels ?? {}),
    ...(trouble && { trouble: trouble.text }),
  };
}

function readContainer(container: ContainerStatus): PodFacts['containers'][string] {
  const [state = 'waiting', detail] = Object.entries(container.state ?? {})[0] ?? [];
  const { reason, message } = (detail ?? {}) as { reason?: string; message?: string };
  return {
    containerId: container.containerID ?? '',
    imageId: container.imageID ?? '',
    restarts: container.restartCount ?? 0,
    state,
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    ...(reason === 'CrashLoopBackOff' && { backOffMs: backOffMs(message) }),
  };
}

/** From `back-off 2m40s restarting failed container=…`; 10 s, which is the first, where the kubelet says it otherwise. */
function backOffMs(message = ''): number {
  const [, minutes = '0', seconds = '0'] = /back-off (?:(\d+)m)?(?:(\d+)s)? restarting/.exec(message) ?? [];
  return (Number(minutes) * 60 + Number(seconds) || 10) * 1_000;
}

function revisionOf(labels: Readonly<Record<string, string>>): string {
  return (
    labels['pod-template-hash'] ??
    labels['controller-revision-hash'] ??
    labels['batch.kubernetes.io/controller-uid'] ??
    ''
  );
}
