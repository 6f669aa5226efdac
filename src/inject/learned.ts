import { annotations } from '../core/pod-layout.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';

/** What a restarter reported about its container, so that the next `up` does not have to guess. */
export interface LearnedContainer {
  readonly uid: number;
  readonly gid: number;
  /** The app's whole command line. */
  readonly argv: readonly string[];
}

export type Learned = Readonly<Record<string, LearnedContainer>>;

/** Reads it from a workload in the cluster; nothing where there is nothing, or nothing that can be read. */
export function readLearned(object: KubernetesObject | undefined): Learned {
  const text = object?.metadata.annotations?.[annotations.learned];
  if (text === undefined) return {};
  try {
    return JSON.parse(text) as Learned;
  } catch {
    // Somebody edited it by hand: guessing again costs one more rollout, no more.
    return {};
  }
}
