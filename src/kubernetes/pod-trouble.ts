import type { ContainerStatus, Pod, Termination } from './pod.ts';

export interface PodTrouble {
  readonly kind: 'image' | 'unschedulable' | 'crash' | 'config' | 'ended';
  /** One line without a full stop at the end. */
  readonly text: string;
  /** How often it failed already, as far as the pod tells. */
  readonly attempts: number;
}

const imageReasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'InvalidImageName',
  'ErrImageNeverPull',
  'ImageInspectError',
  'RegistryUnavailable',
]);
const configReasons = new Set(['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError']);

/** Why a pod does not get on, as its own status tells; `undefined` when it does, or nobody knows. */
export function troubleOf(pod: Pod): PodTrouble | undefined {
  const { status } = pod;
  if (status === undefined) return undefined;
  for (const container of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
    const trouble = containerTrouble(container);
    if (trouble) return trouble;
  }
  const scheduled = status.conditions?.find(({ type }) => type === 'PodScheduled');
  if (scheduled?.status === 'False' && scheduled.reason === 'Unschedulable') {
    return { kind: 'unschedulable', text: `cannot be scheduled: ${oneLine(scheduled.message)}`, attempts: 1 };
  }
  if (status.phase === 'Failed') {
    const words = oneLine(status.message) || 'its containers ended with an error';
    return { kind: 'ended', text: `${status.reason ?? 'failed'}: ${words}`, attempts: 1 };
  }
  return undefined;
}

function containerTrouble(container: ContainerStatus): PodTrouble | undefined {
  const { name, state, lastState } = container;
  const waiting = state?.waiting;
  const attempts = container.restartCount ?? 0;
  const reason = waiting?.reason ?? '';
  if (imageReasons.has(reason)) {
    const image = container.image ? ` ${container.image}` : '';
    return {
      kind: 'image',
      text: `${name}: image${image} cannot be pulled: ${pullWords(waiting?.message) || reason}`,
      attempts: reason === 'ImagePullBackOff' ? 2 : 1,
    };
  }
  if (configReasons.has(reason)) {
    return { kind: 'config', text: `${name}: ${reason}: ${oneLine(waiting?.message)}`, attempts };
  }
  if (reason === 'CrashLoopBackOff') {
    return { kind: 'crash', text: `${name} keeps ending${ending(lastState?.terminated)}`, attempts };
  }
  const ended = state?.terminated;
  if (ended && ended.exitCode !== 0) {
    return { kind: 'crash', text: `${name} ended${ending(ended)}`, attempts };
  }
  return undefined;
}

function ending(last: Termination | undefined): string {
  if (last === undefined) return '';
  const code = last.signal ? `signal ${last.signal}` : `exit code ${last.exitCode ?? '?'}`;
  const reason =
    last.reason && last.reason !== 'Error' && last.reason !== 'Completed' ? `, ${last.reason}` : '';
  const words = oneLine(last.message);
  return ` (${code}${reason}${words === '' ? '' : `: ${words}`})`;
}

/** What the registry said, without the layers that kubelet and containerd wrap around it. */
function pullWords(message: string | undefined): string {
  return oneLine(message)
    .replace(/^Back-off pulling image "[^"]*":? ?/, '')
    .replace(/^ErrImagePull: /, '')
    .replace(/^rpc error: code = \w+ desc = /, '')
    .replace(/^failed to pull and unpack image "[^"]*": /, '');
}

function oneLine(text: string | undefined): string {
  return (text ?? '')
    .trim()
    .replace(/\s*\n\s*/g, ' / ')
    .slice(0, 600);
}
