import { parseAllDocuments } from 'yaml';
import type { ProjectTree } from './project-tree.ts';

/** A container of a workload, as the manifests say it. */
export interface WorkloadContainer {
  readonly kind: string;
  readonly workload: string;
  readonly container: string;
  /** How many app containers the pod has. */
  readonly siblings: number;
  readonly image: string;
  readonly ports: readonly number[];
  /** Of the manifest; empty = the image's. */
  readonly command: string;
  readonly file: string;
}

export interface ManifestObject {
  readonly kind: string;
  readonly name: string;
  readonly file: string;
  readonly containers: readonly WorkloadContainer[];
}

const workloadKinds = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'Pod']);

interface PodSpec {
  readonly containers?: readonly {
    readonly name?: string;
    readonly image?: string;
    readonly command?: readonly string[];
    readonly args?: readonly string[];
    readonly ports?: readonly { readonly containerPort?: number; readonly protocol?: string }[];
  }[];
}

interface RawObject {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown };
  /** Of a `List`. */
  readonly items?: readonly RawObject[];
  readonly spec?: PodSpec & { readonly template?: { readonly spec?: PodSpec } };
}

/** The Kubernetes objects of a file; none where it is no manifest. What does not parse is no manifest here. */
export function readObjects(tree: ProjectTree, file: string): readonly ManifestObject[] {
  const text = tree.read(file);
  if (!/["']?\bkind["']?:/.test(text) || text.includes('{{')) return [];
  return readDocuments(text).flatMap((object) => {
    const name = object.metadata?.name;
    if (typeof object.apiVersion !== 'string' || typeof object.kind !== 'string') return [];
    if (typeof name !== 'string') return [];
    return [{ kind: object.kind, name, file, containers: containersOf(object, object.kind, name, file) }];
  });
}

function readDocuments(text: string): readonly RawObject[] {
  try {
    const documents = parseAllDocuments(text, { version: '1.1', prettyErrors: false });
    const values = [...documents].flatMap((document) =>
      document.errors.length > 0 ? [] : [document.toJS() as RawObject | null],
    );
    return values.flatMap((value) => (Array.isArray(value?.items) ? value.items : value ? [value] : []));
  } catch {
    return []; // an alias without its anchor
  }
}

function containersOf(object: RawObject, kind: string, name: string, file: string) {
  if (!workloadKinds.has(kind)) return [];
  const spec = kind === 'Pod' ? object.spec : object.spec?.template?.spec;
  const containers = listOf(spec?.containers);
  return containers.map(
    (container): WorkloadContainer => ({
      kind,
      workload: name,
      container: container.name ?? name,
      siblings: containers.length,
      image: container.image ?? '',
      ports: listOf(container.ports).flatMap(({ containerPort, protocol = 'TCP' }) =>
        typeof containerPort === 'number' && protocol === 'TCP' ? [containerPort] : [],
      ),
      command: [...listOf(container.command), ...listOf(container.args)].join(' '),
      file,
    }),
  );
}

function listOf<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? value : [];
}
