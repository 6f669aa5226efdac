import PQueue from 'p-queue';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { Finding } from './finding.ts';
import { appNeeds, builderNeeds, clusterWishes, type Need } from './needs.ts';
import { type Person, roleManifest } from './role.ts';

const reviewsAtOnce = 16;

type Reviewer = Pick<Cluster, 'create'>;
type Found = Omit<Finding, 'area' | 'check'>;

/**
 * What of the needs this person lacks, each with the verbs that are refused.
 *
 * @param namespace absent = in the whole cluster
 * @throws the cluster's errors; those who are logged in may always ask what they may
 */
export async function findMissing(
  cluster: Reviewer,
  needs: readonly Need[],
  namespace?: string,
): Promise<readonly Need[]> {
  const queue = new PQueue({ concurrency: reviewsAtOnce });
  const reviewed = needs.map(async (need) => {
    const verbs = await Promise.all(
      need.verbs.map((verb) =>
        queue.add(async () => ((await may(cluster, need, verb, namespace)) ? [] : [verb])),
      ),
    );
    return { ...need, verbs: verbs.flat() };
  });
  return (await Promise.all(reviewed)).filter(({ verbs }) => verbs.length > 0);
}

async function may(
  cluster: Reviewer,
  { group, name, resource }: Need,
  verb: string,
  namespace: string | undefined,
): Promise<boolean> {
  const [kind = '', subresource] = resource.split('/');
  const resourceAttributes = {
    ...{ group, verb, resource: kind },
    ...(subresource !== undefined && { subresource }),
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
  };
  const review: KubernetesObject = await cluster.create({
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    metadata: { name: '' },
    spec: { resourceAttributes },
  });
  return (review['status'] as { readonly allowed?: boolean } | undefined)?.allowed === true;
}

/** What kdev does where the app is, `rendered` being what the project's manifests hold. */
export async function checkAppRights(
  cluster: Reviewer,
  place: {
    readonly namespace: string;
    readonly person: Person;
    readonly project?: string | undefined;
    readonly rendered: readonly Need[];
  },
): Promise<Found> {
  const { namespace, person, project, rendered } = place;
  const home: Need = { group: '', resource: 'namespaces', verbs: ['get'], name: namespace };
  const needs = [home, ...appNeeds(rendered)];
  const missing = await findMissing(cluster, needs, namespace);
  if (missing.length === 0) {
    return { status: 'ok', says: `${person ?? 'You'} may do in ${namespace} what developing takes.` };
  }
  return {
    status: 'fail',
    says: `In the namespace ${namespace}, ${person ?? 'you'} may not ${sayMissing(missing)}.`,
    cure: 'Ask an administrator to apply this:',
    manifest: roleManifest({ needs, namespace, project, person }),
  };
}

/** What builds do beside the app; `manifest` is what gives it all, namespace included. */
export async function checkBuilderRights(
  cluster: Reviewer,
  namespace: string,
  person: Person,
  manifest: string,
): Promise<Found> {
  const home: Need = { group: '', resource: 'namespaces', verbs: ['get'], name: namespace };
  const missing = await findMissing(cluster, [home, ...builderNeeds], namespace);
  if (missing.length === 0) {
    return { status: 'ok', says: `${person ?? 'You'} may have a builder in ${namespace}.` };
  }
  return {
    status: 'fail',
    says: `In the namespace ${namespace}, where images are built, ${person ?? 'you'} may not ${sayMissing(missing)}.`,
    cure: 'Ask an administrator to apply this:',
    manifest,
  };
}

/** Where clusters say which registry they have (KEP-1755). */
export async function checkAdvertised(cluster: Reviewer, person: Person): Promise<Found | undefined> {
  const namespace = 'kube-public';
  const needs = [{ group: '', resource: 'configmaps', verbs: ['get'] }];
  if ((await findMissing(cluster, needs, namespace)).length === 0) return undefined;
  return {
    status: 'warn',
    says: `${person ?? 'You'} may not read the ConfigMaps of ${namespace}, in which clusters say which registry they have: kdev takes none for advertised.`,
    cure: 'Configure the registry, or ask an administrator to apply this:',
    manifest: roleManifest({ needs, namespace, person }),
  };
}

/** What works without, only worse. */
export async function checkWishes(cluster: Reviewer, person: Person): Promise<Found> {
  const needs = clusterWishes.map(({ need }) => need);
  const missing = await findMissing(cluster, needs);
  if (missing.length === 0) {
    return {
      status: 'ok',
      says: `${person ?? 'You'} may see nodes, storage classes and what the whole cluster runs.`,
    };
  }
  const lacks = new Set(missing.map(({ group, resource }) => `${group}/${resource}`));
  const without = clusterWishes.filter(({ need }) => lacks.has(`${need.group}/${need.resource}`));
  return {
    status: 'warn',
    says: `In the whole cluster, ${person ?? 'you'} may not ${sayMissing(missing)}: ${[...new Set(without.map((each) => each.without))].join('; ')}.`,
    cure: 'Nothing has to be done; to have it, ask an administrator to apply this:',
    manifest: roleManifest({ needs, person }),
  };
}

/** `create and patch leases, list events` */
function sayMissing(missing: readonly Need[]): string {
  const byVerbs = new Map<string, string[]>();
  for (const { resource, verbs } of missing) {
    const key = [...verbs.slice(0, -2), verbs.slice(-2).join(' and ')].join(', ');
    byVerbs.set(key, [...(byVerbs.get(key) ?? []), resource]);
  }
  return [...byVerbs].map(([verbs, resources]) => `${verbs} ${resources.join(', ')}`).join('; ');
}
