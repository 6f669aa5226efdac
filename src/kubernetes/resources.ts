import { hasCode, KdevError } from '../core/error.ts';
import type { ApiClient } from './api-client.ts';

export interface Resource {
  /** `deployments` */
  readonly plural: string;
  readonly namespaced: boolean;
  /** `/api/v1` or `/apis/apps/v1` */
  readonly root: string;
}

/** Kinds that every cluster has, so that they cost no discovery: kind → plural, `!` for cluster-wide ones. */
const builtIn: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  v1: {
    ConfigMap: 'configmaps',
    Endpoints: 'endpoints',
    Event: 'events',
    Namespace: '!namespaces',
    Node: '!nodes',
    PersistentVolumeClaim: 'persistentvolumeclaims',
    Pod: 'pods',
    Secret: 'secrets',
    Service: 'services',
    ServiceAccount: 'serviceaccounts',
  },
  'apps/v1': {
    DaemonSet: 'daemonsets',
    Deployment: 'deployments',
    ReplicaSet: 'replicasets',
    StatefulSet: 'statefulsets',
  },
  'batch/v1': { CronJob: 'cronjobs', Job: 'jobs' },
  'coordination.k8s.io/v1': { Lease: 'leases' },
  'networking.k8s.io/v1': { Ingress: 'ingresses', NetworkPolicy: 'networkpolicies' },
  'rbac.authorization.k8s.io/v1': {
    ClusterRole: '!clusterroles',
    ClusterRoleBinding: '!clusterrolebindings',
    Role: 'roles',
    RoleBinding: 'rolebindings',
  },
};

/** Finds the REST resource of a kind; asks the API server about kinds it does not know and remembers the answer. */
export interface ResourceFinder {
  /** @throws `cluster-rejected` when the cluster has no such kind. */
  find(apiVersion: string, kind: string): Promise<Resource>;
}

export function createResourceFinder(client: ApiClient): ResourceFinder {
  const groups = new Map<string, Promise<ReadonlyMap<string, Resource>>>();
  const discover = (apiVersion: string): Promise<ReadonlyMap<string, Resource>> => {
    const known = groups.get(apiVersion);
    if (known) return known;
    const asked = readGroup(client, apiVersion);
    groups.set(apiVersion, asked);
    asked.catch(() => groups.delete(apiVersion));
    return asked;
  };
  return {
    async find(apiVersion, kind) {
      const plural = builtIn[apiVersion]?.[kind];
      if (plural !== undefined) {
        return {
          plural: plural.replace('!', ''),
          namespaced: !plural.startsWith('!'),
          root: rootOf(apiVersion),
        };
      }
      const known = await discover(apiVersion).catch((error: unknown) => ignoreUnknownGroup(error));
      const resource = known?.get(kind);
      if (resource) return resource;
      // A definition that was applied a moment ago is not in what was remembered.
      groups.delete(apiVersion);
      throw new KdevError({
        code: 'cluster-rejected',
        fault: 'user',
        what: `The cluster knows no kind "${kind}" in "${apiVersion}".`,
        cure: 'Correct apiVersion and kind, or install the operator that defines them.',
      });
    },
  };
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

async function readGroup(client: ApiClient, apiVersion: string): Promise<ReadonlyMap<string, Resource>> {
  const root = rootOf(apiVersion);
  const answer = (await client.json({
    method: 'GET',
    path: root,
    action: { verb: 'discover', resource: apiVersion },
  })) as { resources?: readonly { name: string; kind: string; namespaced: boolean }[] };
  const found = new Map<string, Resource>();
  for (const { name, kind, namespaced } of answer.resources ?? []) {
    if (!name.includes('/')) found.set(kind, { plural: name, namespaced, root });
  }
  return found;
}

function ignoreUnknownGroup(error: unknown): undefined {
  if (hasCode(error, 'cluster-rejected')) return undefined;
  throw error;
}
