import { KdevError } from '../core/error.ts';
import type { Cluster, KubernetesObject, ObjectReference } from '../core/ports/cluster.ts';
import type { ApiAction } from './api-action.ts';
import { type ApiClient, createApiClient, readText } from './api-client.ts';
import { createCredentialStore } from './credentials.ts';
import { execCommand } from './exec.ts';
import { type KubeconfigSource, type LoadedKubeconfig, loadKubeconfig } from './kubeconfig.ts';
import { readLogs } from './logs.ts';
import { openPortForward } from './port-forward.ts';
import { createResourceFinder, type ResourceFinder } from './resources.ts';
import { watchPods } from './watch-pods.ts';

const fieldManager = 'kdev';
const pageSize = 500;

const patchTypes = {
  merge: 'application/merge-patch+json',
  json: 'application/json-patch+json',
  strategic: 'application/strategic-merge-patch+json',
} as const;

/**
 * One cluster behind one context of a kubeconfig, pinned now. Nothing is sent before the first call.
 *
 * @throws `kubeconfig-missing`, `kubeconfig-invalid`, `context-unknown`.
 */
export async function createCluster(options: {
  readonly kubeconfig: KubeconfigSource;
  /** @default the kubeconfig's current context */
  readonly context?: string | undefined;
  /** Ends every call that has no signal of its own, with its reason. */
  readonly signal?: AbortSignal | undefined;
}): Promise<Cluster> {
  return openCluster(await loadKubeconfig(options.kubeconfig, options.context), options.signal);
}

function openCluster(pinned: LoadedKubeconfig, always: AbortSignal | undefined): Cluster {
  const { context, server, authority, copy } = pinned;
  const client = createApiClient({ server, credentials: createCredentialStore(copy), signal: always });
  const resources = createResourceFinder(client);
  return {
    context,
    server,
    authority,
    withSignal: (signal) => openCluster(pinned, signal),
    check: (signal, reachMs) => checkVersion(client, signal, reachMs),
    ...objectCalls(client, resources),
    watchPods: (watch) => watchPods(client, watch),
    portForward: (forward) => openPortForward(client, forward),
    exec: (exec) => execCommand(client, exec),
    logs: (logs) => readLogs(client, logs),
  };
}

async function checkVersion(
  client: ApiClient,
  signal?: AbortSignal,
  reachMs?: number,
): ReturnType<Cluster['check']> {
  const action = { verb: 'get', resource: 'version' };
  const asked = Date.now();
  const response = await client.request({
    method: 'GET',
    path: '/version',
    action,
    signal,
    answerMs: 10_000,
    reachMs,
  });
  // The header has whole seconds: on average it is half a second behind.
  const theirs = Date.parse(response.headers.date ?? '') + 500;
  const aheadMs = theirs - (asked + Date.now()) / 2;
  const { gitVersion = 'unknown' } = readVersion(await readText(response));
  return { version: gitVersion, ...(!Number.isNaN(aheadMs) && { aheadMs }) };
}

function readVersion(text: string): { readonly gitVersion?: string } {
  try {
    return JSON.parse(text) as { readonly gitVersion?: string };
  } catch {
    return {}; // something in between answered; it let the request through all the same
  }
}

type ObjectCalls = Pick<Cluster, 'get' | 'list' | 'apply' | 'create' | 'patch' | 'delete'>;

function objectCalls(client: ApiClient, resources: ResourceFinder): ObjectCalls {
  const locate = async (
    reference: {
      readonly apiVersion: string;
      readonly kind: string;
      readonly namespace?: string | undefined;
    },
    verb: string,
    name?: string,
  ): Promise<{ readonly path: string; readonly action: ApiAction; readonly namespaced: boolean }> => {
    const { root, plural, namespaced } = await resources.find(reference.apiVersion, reference.kind);
    const namespace = namespaced ? reference.namespace : undefined;
    const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
    const item = name === undefined ? '' : `/${encodeURIComponent(name)}`;
    return {
      path: `${root}${scope}/${plural}${item}`,
      action: { verb, resource: plural, name, namespace },
      namespaced,
    };
  };
  const byName = (reference: ObjectReference, verb: string) => locate(reference, verb, reference.name);
  const byObject = (object: KubernetesObject, verb: string, named: boolean) =>
    locate(
      { apiVersion: object.apiVersion, kind: object.kind, namespace: object.metadata.namespace },
      verb,
      named ? object.metadata.name : undefined,
    );

  return {
    async get(reference) {
      const { path, action } = await byName(reference, 'get');
      return absentIfMissing(client.json({ method: 'GET', path, action }));
    },

    async list({ labelSelector, fieldSelector, ...reference }) {
      const { path, action } = await locate(reference, 'list');
      const items: KubernetesObject[] = [];
      let next: string | undefined;
      do {
        const query = { labelSelector, fieldSelector, limit: pageSize, continue: next };
        const page = (await client.json({ method: 'GET', path, query, action })) as {
          items?: readonly KubernetesObject[];
          metadata: { continue?: string };
        };
        // Items of a typed list come without their type.
        const { apiVersion, kind } = reference;
        for (const item of page.items ?? []) items.push({ ...item, apiVersion, kind });
        next = page.metadata.continue || undefined;
      } while (next !== undefined);
      return items;
    },

    async apply(object, { force = false } = {}) {
      const { path, action, namespaced } = await byObject(object, 'patch', true);
      return (await client.json({
        method: 'PATCH',
        path,
        query: { fieldManager, force, fieldValidation: 'Strict' },
        body: namespaced ? object : withoutNamespace(object),
        contentType: 'application/apply-patch+yaml',
        action,
      })) as KubernetesObject;
    },

    async create(object) {
      const { path, action } = await byObject(object, 'create', false);
      const query = { fieldManager, fieldValidation: 'Strict' };
      return (await client.json({ method: 'POST', path, query, body: object, action })) as KubernetesObject;
    },

    async patch(reference, patch, type = 'merge') {
      const { path, action } = await byName(reference, 'patch');
      return (await client.json({
        method: 'PATCH',
        path,
        query: { fieldManager },
        body: patch,
        contentType: patchTypes[type],
        action,
      })) as KubernetesObject;
    },

    async delete(reference, { gracePeriodSeconds } = {}) {
      const { path, action } = await byName(reference, 'delete');
      const body = { propagationPolicy: 'Background', gracePeriodSeconds };
      await absentIfMissing(client.json({ method: 'DELETE', path, body, action }));
    },
  };
}

/** Server-side apply refuses a namespace on what lives in none. */
function withoutNamespace(object: KubernetesObject): KubernetesObject {
  const { namespace: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

async function absentIfMissing(call: Promise<unknown>): Promise<KubernetesObject | undefined> {
  try {
    return (await call) as KubernetesObject;
  } catch (error) {
    const status = error instanceof KdevError ? (error.cause as { code?: number } | undefined) : undefined;
    if (status?.code === 404) return undefined;
    throw error;
  }
}
