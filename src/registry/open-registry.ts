import type { OpenRegistry, Registry, RegistrySource } from '../core/ports/registry.ts';
import type { RegistryCredentials } from '../core/ports/registry-credentials.ts';
import type { Reporter } from '../core/reporter.ts';
import { configuredLogin, withLogin } from './configured.ts';
import type { Connect } from './connections.ts';
import type { RegistryFacts } from './find-registry.ts';
import { connectThroughApi } from './forward.ts';
import { ownName, ownPort } from './own-objects.ts';
import { ensureOwnRegistry, type OwnFacts } from './own-registry.ts';
import { createOwnUpkeep } from './own-upkeep.ts';
import { createProofs } from './proofs.ts';
import { provePull } from './prove-pull.ts';
import { pushFailure } from './push-failure.ts';
import { createRegistryClient } from './registry-client.ts';
import type { RegistryOptions } from './registry-options.ts';
import { createRegistryRequest } from './registry-request.ts';

/** A volume with less free space than this is full, bytes: no layer of any use fits in. */
const fullBelow = 4 * 1024 * 1024;

const nobody: RegistryCredentials = { find: async () => undefined };

export interface OpenOptions extends RegistryOptions {
  readonly namespace: string;
  readonly facts: RegistryFacts;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
  readonly onOwn: (facts: OwnFacts) => void;
  readonly providePullSecret: (reference: string) => Promise<string | undefined>;
}

/** The registry that was found, or kdev's own, made ready; with the means to ask it. */
export async function openRegistry(options: OpenOptions): Promise<OpenRegistry> {
  const { configured, credentials: others = nobody, facts, namespace } = options;
  const { found, mirrors, shortLived } = facts;
  const own = found ? undefined : await provideOwn(options);
  const registry = found?.registry ?? (own as OwnFacts).registry;
  const source: RegistrySource = own ? 'own' : configured ? 'configured' : 'advertised';
  const credentials = withLogin(registry, loginOf(options, own), others);
  const request = createRegistryRequest(registry, { credentials, connect: connectOf(options, registry) });
  const upkeep = own && createOwnUpkeep(request, { namespace, facts: own });
  return {
    source,
    registry,
    mirrors,
    shortLived,
    request,
    images: createRegistryClient(request),
    imagesAt: (host, plainHttp) =>
      createRegistryClient(createRegistryRequest({ fromHere: host, plainHttp }, { credentials })),
    credentials,
    proveNodesPull: (asked) => prove(options, { registry, request, source, own, ...asked }),
    explainPush: async (words, signal) => {
      const usage = await upkeep?.usage(signal).catch(() => undefined);
      return pushFailure(registry, words, usage !== undefined && usage.free < fullBelow);
    },
    ...(upkeep && { own: upkeep }),
  };
}

async function provideOwn(options: OpenOptions): Promise<OwnFacts> {
  const { cluster, image, namespace, reporter, signal } = options;
  const own = await ensureOwnRegistry({ cluster, image, namespace, reporter, signal });
  options.onOwn(own);
  return own;
}

function loginOf({ configured, env = {} }: OpenOptions, own: OwnFacts | undefined) {
  return () =>
    own ? { username: 'push', password: own.passwords.push } : configured && configuredLogin(configured, env);
}

function connectOf({ cluster, facts, namespace }: OpenOptions, registry: Registry): Connect | undefined {
  const title = registry.fromHere;
  if (facts.found === undefined) {
    const labelSelector = `app.kubernetes.io/name=${ownName}`;
    return connectThroughApi(cluster, { namespace, labelSelector, port: ownPort, title });
  }
  return facts.found.forward && connectThroughApi(cluster, { ...facts.found.forward, title });
}

async function prove(
  options: OpenOptions,
  open: Pick<OpenRegistry, 'registry' | 'request' | 'source'> & {
    readonly own: OwnFacts | undefined;
    readonly reporter: Reporter;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<void> {
  const { app, cluster, facts, proofsDir } = options;
  // The nodes of a box and its registry are one machine, made together.
  if (app === undefined || facts.shortLived) return;
  const { own, registry, reporter, request, signal, source } = open;
  const pullSecret = await options.providePullSecret(`${registry.fromNodes}/`);
  const proofs = proofsDir === undefined ? undefined : createProofs(proofsDir);
  const system = { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system' };
  const found = await cluster.get(system).catch(() => undefined);
  const fact = [
    String(found?.metadata['uid'] ?? cluster.server),
    own?.uid ?? '',
    registry.fromNodes,
    registry.fromPods,
    registry.fromHere,
    // A Secret that kdev makes is the same everywhere.
    ...(options.configured?.pullSecret === pullSecret ? [app.namespace, pullSecret ?? ''] : []),
  ];
  if (await proofs?.has(fact)) return;
  reporter.detail(`seeing whether nodes can pull from ${registry.fromNodes}`);
  await provePull({
    ...{ cluster, registry, request, source, pullSecret, signal },
    ...app,
    prefix: registry.prefix ?? '',
  });
  await proofs?.keep(fact);
}
