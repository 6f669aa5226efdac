import type { KubernetesObject } from '../core/ports/cluster.ts';

/** The part of a Pod that kdev reads. */
export interface Pod extends KubernetesObject {
  readonly spec?: {
    readonly containers?: readonly { readonly name: string; readonly image?: string }[];
    readonly initContainers?: readonly { readonly name: string; readonly restartPolicy?: string }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly conditions?: readonly Condition[];
    readonly containerStatuses?: readonly ContainerStatus[];
    readonly initContainerStatuses?: readonly ContainerStatus[];
  };
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

export interface ContainerStatus {
  readonly name: string;
  readonly containerID?: string;
  readonly imageID?: string;
  readonly image?: string;
  readonly restartCount?: number;
  readonly started?: boolean;
  readonly ready?: boolean;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

export interface ContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: { readonly startedAt?: string };
  readonly terminated?: Termination;
}

export interface Termination {
  readonly exitCode?: number;
  readonly signal?: number;
  readonly reason?: string;
  readonly message?: string;
}

/** The owner that controls an object: its uid, kind and name. */
export function controllerOf(
  object: KubernetesObject,
): { readonly uid: string; readonly kind: string; readonly name: string } | undefined {
  const owners = object.metadata['ownerReferences'];
  if (!Array.isArray(owners)) return undefined;
  return (owners as { uid: string; kind: string; name: string; controller?: boolean }[]).find(
    (owner) => owner.controller === true,
  );
}
