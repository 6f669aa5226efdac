import type { KubernetesObject } from '../core/ports/cluster.ts';

/** The parts of a pod template that injection reads or writes; everything else is carried along untouched. */
export interface PodTemplate {
  readonly metadata?: TemplateMetadata | null;
  readonly spec: PodSpec;
  readonly [field: string]: unknown;
}

export interface TemplateMetadata {
  readonly annotations?: Readonly<Record<string, string>> | null;
  readonly [field: string]: unknown;
}

export interface PodSpec {
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[] | null;
  readonly volumes?: readonly Named[] | null;
  readonly imagePullSecrets?: readonly Named[] | null;
  readonly securityContext?: PodSecurity | null;
  readonly shareProcessNamespace?: boolean | null;
  readonly hostPID?: boolean | null;
  readonly hostNetwork?: boolean | null;
  readonly [field: string]: unknown;
}

export interface Named {
  readonly name: string;
  readonly [field: string]: unknown;
}

export interface Container extends Named {
  readonly image?: string;
  readonly imagePullPolicy?: string;
  readonly command?: readonly string[] | null;
  readonly args?: readonly string[] | null;
  readonly env?: readonly Named[] | null;
  readonly volumeMounts?: readonly VolumeMount[] | null;
  readonly securityContext?: ContainerSecurity | null;
  readonly livenessProbe?: unknown;
  readonly startupProbe?: unknown;
}

export interface VolumeMount extends Named {
  readonly mountPath: string;
  readonly readOnly?: boolean;
  readonly subPath?: string;
}

interface Security {
  readonly runAsUser?: number | null;
  readonly runAsGroup?: number | null;
  readonly runAsNonRoot?: boolean | null;
  readonly seccompProfile?: unknown;
  readonly [field: string]: unknown;
}

export interface PodSecurity extends Security {
  readonly fsGroup?: number;
}

export interface ContainerSecurity extends Security {
  readonly privileged?: boolean | null;
  readonly readOnlyRootFilesystem?: boolean | null;
  readonly capabilities?: {
    readonly add?: readonly string[] | null;
    readonly drop?: readonly string[] | null;
  } | null;
}

/** The pod template of a workload; a bare Pod is its own. */
export function templateOf(object: KubernetesObject): PodTemplate {
  if (object.kind === 'Pod') return object as unknown as PodTemplate;
  return (object['spec'] as { readonly template: PodTemplate }).template;
}

export function withTemplate(object: KubernetesObject, template: PodTemplate): KubernetesObject {
  if (object.kind === 'Pod') return template as unknown as KubernetesObject;
  return { ...object, spec: { ...(object['spec'] as object), template } };
}
