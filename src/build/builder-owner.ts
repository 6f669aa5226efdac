import { createHash } from 'node:crypto';
import { KdevError } from '../core/error.ts';
import type { Cluster } from '../core/ports/cluster.ts';

/** Whose builder it is: caches of different owners never meet. */
export interface BuilderOwner {
  /** Part of the builder's name: a DNS label of at most 27 characters. */
  readonly label: string;
  /** As the API server knows the person; absent where it does not tell. */
  readonly user?: string;
}

/** Who shares a builder in clusters that do not say who asks (Kubernetes before 1.28). */
const everybody: BuilderOwner = { label: 'shared' };
const unknownCodes = new Set([
  'cluster-forbidden',
  'cluster-rejected',
  'cluster-failed',
  'cluster-kind-unknown',
]);

/** Who the API server takes this person for. */
export async function findOwner(cluster: Pick<Cluster, 'create'>): Promise<BuilderOwner> {
  try {
    const review = await cluster.create({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'SelfSubjectReview',
      metadata: { name: '' },
    });
    const { userInfo } = (review['status'] ?? {}) as { readonly userInfo?: { readonly username?: string } };
    return userInfo?.username ? ownerOf(userInfo.username) : everybody;
  } catch (error) {
    if (error instanceof KdevError && unknownCodes.has(error.code)) return everybody;
    throw error;
  }
}

export function ownerOf(user: string): BuilderOwner {
  const readable = user
    .toLowerCase()
    .replace(/^system:(?:serviceaccount:)?/, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 18)
    .replace(/^-+|-+$/g, '');
  const exact = createHash('sha256').update(user).digest('hex').slice(0, 8);
  return { label: readable === '' ? exact : `${readable}-${exact}`, user };
}
