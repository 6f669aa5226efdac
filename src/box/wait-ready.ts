import { Resolver } from 'node:dns/promises';
import { access, readFile } from 'node:fs/promises';
import { KdevError, messageOf } from '../core/error.ts';
import { type ApiClient, apiClient } from './api-client.ts';
import type { BoxFiles } from './box-files.ts';
import { brokenComponent, logTail, readStatus } from './box-status.ts';
import { type ClusterObject, clusterObjects } from './cluster-objects.ts';
import { ports } from './components.ts';
import type { BoxAddresses } from './subnet.ts';
import { type Missing, waitUntil } from './wait-until.ts';

export interface WaitReadyOptions {
  readonly name: string;
  readonly files: BoxFiles;
  readonly addresses: BoxAddresses;
  readonly standIns: readonly string[];
  /** Whether the box's first process still runs. */
  readonly alive: () => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
  /** Called when a promise of the box is kept, with its name. */
  readonly onReached: (what: string) => void;
}

const timeoutMs = 90_000;

/**
 * Brings a started box to what a box promises: the node Ready, DNS answering, the default service account there,
 * the registry taking a push and the mirror answering.
 *
 * @throws KdevError `box-not-ready` with what is missing and where the logs are.
 */
export async function waitReady(options: WaitReadyOptions): Promise<void> {
  let api: ApiClient | undefined;
  const reach = async (what: string, check: () => Promise<Missing>): Promise<void> => {
    const guarded = async (): Promise<Missing> => {
      const broken = await whyBroken(options);
      if (broken) throw new Error(broken);
      return check().catch((thrown: unknown) => messageOf(thrown));
    };
    await waitUntil(guarded, { timeoutMs, everyMs: 40, signal: options.signal });
    options.onReached(what);
  };
  try {
    const { addresses, files, name } = options;
    // The box's first process makes it, together with the certificates.
    await reach('kubeconfig', () => access(files.kubeconfig).then(() => undefined));
    const server = apiClient(await readFile(files.kubeconfig, 'utf8'));
    api = server;
    await reach('API server', () => answers(server, '/readyz'));
    for (const object of clusterObjects(addresses, options.standIns)) {
      await reach(object.path, () => applied(server, object));
    }
    await Promise.all([
      reach('node', () => nodeReady(server, name)),
      reach('default service account', () =>
        answers(server, '/api/v1/namespaces/default/serviceaccounts/default'),
      ),
      reach('DNS', () => dnsAnswers(addresses)),
      reach('registry', () => takesPush(`http://${addresses.box}:${ports.registry}`)),
      reach('mirror', () => registryAnswers(`http://${addresses.box}:${ports.mirror}`)),
    ]);
  } catch (thrown) {
    options.signal?.throwIfAborted();
    throw notReady(options, thrown);
  } finally {
    api?.close();
  }
}

async function whyBroken({ alive, files }: WaitReadyOptions): Promise<string | undefined> {
  if (!(await alive())) return `Its first process ended:\n${await logTail(files.logs, 'init')}`;
  const broken = brokenComponent(await readStatus(files.status));
  return broken && `${broken.phrase}:\n${await logTail(files.logs, broken.name)}`;
}

async function answers(api: ApiClient, path: string): Promise<Missing> {
  const { status } = await api.get(path);
  return status === 200 ? undefined : `${path} answers ${status}`;
}

async function applied(api: ApiClient, { object, path }: ClusterObject): Promise<Missing> {
  const { body, status } = await api.apply(path, object);
  return status < 300 ? undefined : `${path} answers ${status}: ${body}`;
}

async function nodeReady(api: ApiClient, name: string): Promise<Missing> {
  const { body, status } = await api.get(`/api/v1/nodes/${name}`);
  if (status !== 200) return 'the kubelet has not registered the node';
  const node = JSON.parse(body) as {
    spec: { taints?: unknown[] };
    status: { conditions?: { type: string; status: string; message: string }[] };
  };
  const ready = node.status.conditions?.find((condition) => condition.type === 'Ready');
  if (ready?.status !== 'True') return `the node is not Ready: ${ready?.message ?? 'it has not said why'}`;
  // Until the controller takes its taint away, no pod is scheduled there.
  return node.spec.taints?.length ? 'the node still has its start-up taint' : undefined;
}

async function dnsAnswers(addresses: BoxAddresses): Promise<Missing> {
  const resolver = new Resolver({ timeout: 500, tries: 1 });
  resolver.setServers([addresses.box]);
  const found = await resolver.resolve4('kubernetes.default.svc.cluster.local');
  return found.includes(addresses.apiService) ? undefined : `DNS says ${found.join(', ')}`;
}

async function registryAnswers(url: string): Promise<Missing> {
  const response = await fetch(`${url}/v2/`);
  await response.arrayBuffer();
  return response.ok ? undefined : `${url} answers ${response.status}`;
}

const octets = { 'content-type': 'application/octet-stream' };

/** Uploads a little, then takes it back: the storage works, and nothing stays. */
async function takesPush(url: string): Promise<Missing> {
  const begun = await fetch(`${url}/v2/kdev/check/blobs/uploads/`, { method: 'POST' });
  const location = begun.headers.get('location');
  if (begun.status !== 202 || location === null) return `${url} refuses an upload with ${begun.status}`;
  const sent = await fetch(new URL(location, url), { method: 'PATCH', body: 'kdev', headers: octets });
  const next = sent.headers.get('location');
  if (sent.status !== 202 || next === null) return `${url} breaks an upload off with ${sent.status}`;
  const taken = await fetch(new URL(next, url), { method: 'DELETE' });
  return taken.status === 204 ? undefined : `${url} does not cancel an upload: ${taken.status}`;
}

function notReady(options: WaitReadyOptions, thrown: unknown): KdevError {
  return new KdevError({
    code: 'box-not-ready',
    fault: 'environment',
    what: `The box ${options.name} did not become ready.`,
    why: messageOf(thrown),
    cure: 'Free memory and processors if the machine is busy, and run it again.',
    cause: thrown,
  });
}
