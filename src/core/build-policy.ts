/**
 * When a newer edit of a build's own inputs arrives while the build runs: cancel it, but let one finish after two
 * were cancelled in a row, so that somebody who saves faster than a build takes still gets an image.
 */
export interface BuildPolicy {
  readonly cancelled: number;
}

const cancelsInARow = 2;

export const freshBuildPolicy: BuildPolicy = { cancelled: 0 };

export function decideOnNewInput(policy: BuildPolicy): {
  readonly cancel: boolean;
  readonly next: BuildPolicy;
} {
  if (policy.cancelled >= cancelsInARow) return { cancel: false, next: freshBuildPolicy };
  return { cancel: true, next: { cancelled: policy.cancelled + 1 } };
}
