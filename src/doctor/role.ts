import { stringify } from 'yaml';
import type { Need } from './needs.ts';

const apiGroup = 'rbac.authorization.k8s.io';

/** Whom a Role is for; absent = the manifest leaves a name to fill in. */
export type Person = string | undefined;

/** A Role in a namespace, or a ClusterRole without one, that grants those needs to a person; YAML documents. */
export function roleManifest(options: {
  /** All of them, granted or not: applying it replaces what an earlier one granted. */
  readonly needs: readonly Need[];
  readonly namespace?: string | undefined;
  /** Whose manifests the needs follow from. */
  readonly project?: string | undefined;
  readonly person: Person;
}): string {
  const { namespace, needs, person = 'FILL-IN-THE-USER', project } = options;
  const name = ['kdev', project, person].filter((part) => part !== undefined).join(':');
  // RBAC takes any name that can stand in a path.
  const metadata = { name: name.replace(/[/%]/g, '-'), ...(namespace !== undefined && { namespace }) };
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const role = { apiVersion: `${apiGroup}/v1`, kind, metadata, rules: rulesOf(needs) };
  const binding = {
    apiVersion: `${apiGroup}/v1`,
    kind: `${kind}Binding`,
    metadata,
    subjects: [subjectOf(person)],
    roleRef: { apiGroup, kind, name: metadata.name },
  };
  return [role, binding].map((object) => stringify(object, { aliasDuplicateObjects: false })).join('---\n');
}

/** One rule for each group and set of verbs: as short as it can be read. */
export function rulesOf(needs: readonly Need[]): readonly object[] {
  const rules = new Map<
    string,
    { group: string; verbs: readonly string[]; resources: string[]; name?: string }
  >();
  for (const { group, name, resource, verbs } of needs) {
    const sorted = [...verbs].sort();
    const key = JSON.stringify([group, sorted, name]);
    const rule = rules.get(key) ?? { group, verbs: sorted, resources: [], ...(name && { name }) };
    rule.resources.push(resource);
    rules.set(key, rule);
  }
  return [...rules.values()].map(({ group, name, resources, verbs }) => ({
    apiGroups: [group],
    resources,
    ...(name !== undefined && { resourceNames: [name] }),
    verbs,
  }));
}

/** A service account's user name says where it is; RBAC wants that in fields of their own. */
function subjectOf(person: string): object {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(person) ?? [];
  if (namespace !== undefined) return { kind: 'ServiceAccount', name, namespace };
  return { kind: 'User', name: person, apiGroup };
}
