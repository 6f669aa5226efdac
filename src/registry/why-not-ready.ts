import type { KubernetesObject } from '../core/ports/cluster.ts';

interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly terminated?: { readonly reason?: string; readonly message?: string; readonly exitCode?: number };
}

export interface PodStatus {
  readonly phase?: string;
  readonly conditions?: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
  }[];
  readonly containerStatuses?: readonly {
    readonly imageID?: string;
    readonly state?: ContainerState;
    readonly lastState?: ContainerState;
  }[];
}

export function statusOf(pod: KubernetesObject): PodStatus {
  return pod['status'] ?? {};
}

const harmless = new Set(['ContainerCreating', 'PodInitializing']);

/** What keeps a pod of one container from being ready, as its status tells; undefined while nothing is wrong. */
export function whyNotReady(pod: KubernetesObject): string | undefined {
  const { conditions = [], containerStatuses = [] } = statusOf(pod);
  const { lastState, state } = containerStatuses[0] ?? {};
  const { message, reason } = state?.waiting ?? {};
  if (reason !== undefined && !harmless.has(reason)) {
    const ended = lastState?.terminated;
    const before = ended ? ` (it ended with ${ended.exitCode ?? '?'}${said(ended.message)})` : '';
    return `${reason}${said(message)}${before}.`;
  }
  const scheduled = conditions.find(({ type }) => type === 'PodScheduled');
  return scheduled?.status === 'False'
    ? `${scheduled.reason ?? 'Unscheduled'}${said(scheduled.message)}.`
    : undefined;
}

function said(message: string | undefined): string {
  const line = (message ?? '').trim().replace(/\s*\n\s*/g, ' / ');
  return line === '' ? '' : `: ${line.replace(/\.$/, '')}`;
}
