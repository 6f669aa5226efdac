import { KdevError } from '../../src/core/error.ts';
import type { Cluster, KubernetesObject, ObjectReference } from '../../src/core/ports/cluster.ts';

type Objects = Pick<Cluster, 'get' | 'list' | 'create' | 'patch' | 'delete'>;

/** Objects in memory, with the conflicts of an API server; each call takes a turn of the event loop. */
export class FakeCluster implements Objects {
  readonly objects = new Map<string, KubernetesObject>();
  #version = 0;

  async get(reference: ObjectReference): Promise<KubernetesObject | undefined> {
    await turn();
    return this.objects.get(keyOf(reference));
  }

  async list({ kind, labelSelector }: Parameters<Cluster['list']>[0]): Promise<readonly KubernetesObject[]> {
    await turn();
    const [label = '', value] = labelSelector?.split('=') ?? [];
    return [...this.objects.values()].filter(
      (object) => object.kind === kind && (label === '' || object.metadata.labels?.[label] === value),
    );
  }

  async create(object: KubernetesObject): Promise<KubernetesObject> {
    await turn();
    if (this.objects.has(keyOf(nameOf(object)))) throw conflict();
    return this.#store(object);
  }

  async patch(reference: ObjectReference, patch: unknown): Promise<KubernetesObject> {
    await turn();
    const present = this.objects.get(keyOf(reference));
    if (present === undefined) throw missing();
    const { metadata, spec } = patch as Partial<KubernetesObject>;
    const version = metadata?.['resourceVersion'];
    if (version !== undefined && version !== present.metadata['resourceVersion']) throw conflict();
    const annotations = { ...present.metadata.annotations, ...metadata?.annotations };
    return this.#store({
      ...present,
      metadata: { ...present.metadata, annotations },
      spec: { ...(present['spec'] as object), ...(spec as object) },
    });
  }

  async delete(reference: ObjectReference): Promise<void> {
    await turn();
    this.objects.delete(keyOf(reference));
  }

  #store(object: KubernetesObject): KubernetesObject {
    this.#version += 1;
    const stored = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#version) },
    };
    this.objects.set(keyOf(nameOf(object)), stored);
    return stored;
  }
}

function nameOf({ apiVersion, kind, metadata }: KubernetesObject): ObjectReference {
  return { apiVersion, kind, name: metadata.name, namespace: metadata.namespace ?? '' };
}

function keyOf({ kind, name, namespace = '' }: ObjectReference): string {
  return `${kind}/${namespace}/${name}`;
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function conflict(): KdevError {
  return new KdevError({ code: 'cluster-conflict', fault: 'environment', what: 'changed meanwhile' });
}

function missing(): KdevError {
  const cause = { code: 404 };
  return new KdevError({ code: 'cluster-rejected', fault: 'environment', what: 'gone', cause });
}
