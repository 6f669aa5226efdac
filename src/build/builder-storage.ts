import { hasDefaultStorage } from '../core/default-storage.ts';
import type { Cluster } from '../core/ports/cluster.ts';

/** A volume that outlives the builder's pod. */
export interface BuilderVolume {
  /** Absent = the cluster's default one. */
  readonly storageClass?: string;
}

/**
 * Whether a claim for a volume will be answered: a storage class is configured, or the cluster has a default one.
 * Where storage classes may not be read, a volume of the pod's own is sure to work.
 */
export async function findStorage(
  cluster: Pick<Cluster, 'list'>,
  configured: string | undefined,
): Promise<BuilderVolume | undefined> {
  if (configured !== undefined) return { storageClass: configured };
  return (await hasDefaultStorage(cluster)) ? {} : undefined;
}

const units: Readonly<Record<string, number>> = {
  ...{ Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40 },
  ...{ M: 1e6, G: 1e9, T: 1e12 },
};

/** Bytes of a quantity such as `20Gi`; the configuration is checked to have no others. */
export function bytesOf(quantity: string): number {
  const [, number = '0', unit = ''] = /^(\d+)([A-Za-z]*)$/.exec(quantity) ?? [];
  return Number(number) * (units[unit] ?? 1);
}
