/** Something that kdev does in a cluster, as RBAC words it. */
export interface Need {
  /** Empty for the core group. */
  readonly group: string;
  /** `pods`, `pods/exec` */
  readonly resource: string;
  readonly verbs: readonly string[];
  /** Of one object only. */
  readonly name?: string;
}

const change = ['get', 'list', 'watch', 'create', 'patch', 'delete'];
const look = ['get', 'list', 'watch'];

/** Of kinds that manifests mostly have; others are asked for by what the manifests hold. */
const workloads: readonly Need[] = [
  { group: 'apps', resource: 'deployments', verbs: change },
  { group: 'apps', resource: 'statefulsets', verbs: change },
  { group: 'apps', resource: 'daemonsets', verbs: change },
  { group: 'batch', resource: 'jobs', verbs: change },
];

/** What `kdev up`, `watch`, `test`, `logs` and `down` do in the app's namespace. */
export function appNeeds(rendered: readonly Need[]): readonly Need[] {
  return merge([
    { group: '', resource: 'pods', verbs: [...look, 'delete'] },
    { group: '', resource: 'pods/exec', verbs: ['get', 'create'] },
    { group: '', resource: 'pods/portforward', verbs: ['get', 'create'] },
    { group: '', resource: 'pods/log', verbs: ['get'] },
    { group: '', resource: 'events', verbs: ['get', 'list', 'watch'] },
    { group: '', resource: 'secrets', verbs: change },
    { group: 'coordination.k8s.io', resource: 'leases', verbs: change },
    { group: 'apps', resource: 'replicasets', verbs: look },
    { group: 'apps', resource: 'controllerrevisions', verbs: look },
    ...workloads,
    ...rendered,
  ]);
}

/** What builds, kdev's own registry and `kdev gc` do in the builder's namespace. */
export const builderNeeds: readonly Need[] = [
  { group: 'apps', resource: 'deployments', verbs: ['get', 'list', 'watch', 'create', 'patch', 'delete'] },
  { group: 'apps', resource: 'replicasets', verbs: look },
  { group: '', resource: 'configmaps', verbs: ['get', 'create', 'patch'] },
  { group: '', resource: 'secrets', verbs: ['get', 'create', 'patch'] },
  { group: '', resource: 'services', verbs: ['get', 'create', 'patch'] },
  { group: '', resource: 'persistentvolumeclaims', verbs: ['get', 'create', 'patch'] },
  { group: '', resource: 'pods', verbs: look },
  { group: '', resource: 'pods/exec', verbs: ['get', 'create'] },
  { group: '', resource: 'pods/portforward', verbs: ['get', 'create'] },
  { group: 'coordination.k8s.io', resource: 'leases', verbs: ['get', 'list', 'create', 'patch', 'delete'] },
];

/** What makes things better where it is allowed, with what is worse without. */
export const clusterWishes: readonly { readonly need: Need; readonly without: string }[] = [
  {
    need: { group: '', resource: 'nodes', verbs: ['list'] },
    without: 'images are built for linux/amd64, whatever the nodes are',
  },
  {
    need: { group: 'storage.k8s.io', resource: 'storageclasses', verbs: ['list'] },
    without: 'the builder’s cache goes with its pod',
  },
  ...[
    { group: 'batch', resource: 'cronjobs' },
    { group: 'apps', resource: 'deployments' },
    { group: 'apps', resource: 'statefulsets' },
    { group: 'apps', resource: 'daemonsets' },
    { group: '', resource: 'podtemplates' },
    { group: '', resource: 'replicationcontrollers' },
    { group: 'batch', resource: 'jobs' },
    { group: 'apps', resource: 'replicasets' },
    { group: 'apps', resource: 'controllerrevisions' },
    { group: '', resource: 'pods' },
    { group: 'coordination.k8s.io', resource: 'leases' },
  ].map((each) => ({
    need: { ...each, verbs: ['list'] },
    without: 'kdev gc cannot know what is in use and deletes nothing',
  })),
];

/** One need for each resource, with all verbs. */
function merge(needs: readonly Need[]): readonly Need[] {
  const merged = new Map<string, Need>();
  for (const need of needs) {
    const key = `${need.group}/${need.resource}/${need.name ?? ''}`;
    const verbs = new Set([...(merged.get(key)?.verbs ?? []), ...need.verbs]);
    merged.set(key, { ...need, verbs: [...verbs] });
  }
  return [...merged.values()];
}

const plurals: Readonly<Record<string, string>> = {
  Ingress: 'ingresses',
  NetworkPolicy: 'networkpolicies',
  Endpoints: 'endpoints',
  PodSecurityPolicy: 'podsecuritypolicies',
};

/** What applying and removing objects of those kinds takes; the plural of a custom kind is what it mostly is. */
export function needsOfKinds(
  kinds: readonly { readonly apiVersion: string; readonly kind: string }[],
): readonly Need[] {
  return merge(
    kinds
      .filter(({ kind }) => kind !== 'Namespace')
      .map(({ apiVersion, kind }) => ({
        group: apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '',
        resource: plurals[kind] ?? `${kind.toLowerCase()}s`,
        verbs: ['get', 'list', 'create', 'patch', 'delete'],
      })),
  );
}
