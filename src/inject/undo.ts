import type { Kept } from './kept.ts';

/**
 * What injection cannot read off the injected object when it takes itself back. Kept as JSON in an annotation of the
 * workload, not of its pod template.
 */
export interface Undo {
  readonly version: 1;
  readonly metadata: { readonly annotations?: Kept };
  readonly template: { readonly metadata?: Kept; readonly annotations?: Kept };
  readonly spec: {
    readonly volumes?: Kept;
    readonly initContainers?: Kept;
    readonly imagePullSecrets?: Kept;
    /** Names of the pull secrets that were added. */
    readonly pullSecrets?: readonly string[];
    readonly shareProcessNamespace: Kept;
  };
  readonly containers: Readonly<Record<string, UndoContainer>>;
}

export interface UndoContainer {
  readonly command: Kept;
  readonly args: Kept;
  readonly livenessProbe: Kept;
  readonly startupProbe: Kept;
  readonly env?: Kept;
  readonly volumeMounts?: Kept;
}
