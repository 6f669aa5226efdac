import type { Named, PodSpec } from './pod-template.ts';

/** Of `names`, those that the pod does not name itself: what injection adds. */
export function addedPullSecrets(spec: PodSpec, names: readonly string[]): readonly string[] {
  const own = new Set((spec.imagePullSecrets ?? []).map(({ name }) => name));
  return names.filter((name) => !own.has(name));
}

/** The field with what is added to it, where something is. */
export function withPullSecrets(
  spec: PodSpec,
  added: readonly string[],
): { readonly imagePullSecrets?: readonly Named[] } {
  if (added.length === 0) return {};
  return { imagePullSecrets: [...(spec.imagePullSecrets ?? []), ...added.map((name) => ({ name }))] };
}
