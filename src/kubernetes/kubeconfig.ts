import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { nearestName } from '../core/did-you-mean.ts';
import { hasCode, KdevError, messageOf } from '../core/error.ts';

export type KubeconfigSource =
  | { readonly type: 'file'; readonly path: string }
  /** Paths inside it must be absolute. */
  | { readonly type: 'text'; readonly text: string }
  /** `$KUBECONFIG`, else `~/.kube/config`, else a pod's own service account. */
  | { readonly type: 'default' };

/** One context of a kubeconfig, as it was when it was read. */
export interface LoadedKubeconfig {
  readonly context: string;
  readonly server: string;
  /** Digest of the authority that the server's certificate is checked against; absent where none is named. */
  readonly authority?: string;
  readonly copy: () => KubeConfig;
}

const serviceAccountToken = '/var/run/secrets/kubernetes.io/serviceaccount/token';

/**
 * Reads a kubeconfig once. The returned copies share the clusters, users and contexts of that moment; each has its
 * own cache of credentials.
 *
 * @throws `kubeconfig-missing`, `kubeconfig-invalid`, `context-unknown`.
 */
export async function loadKubeconfig(
  source: KubeconfigSource,
  context: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<LoadedKubeconfig> {
  const library = await import('./kubeconfig-library.ts');
  const make = (): KubeConfig => new library.KubeConfig();
  const loaded = readSource(source, make, env);
  const chosen = chooseContext(loaded, context);
  loaded.setCurrentContext(chosen);
  const cluster = loaded.getCurrentCluster();
  if (cluster === null) throw danglingContext(chosen, 'cluster', loaded.getContextObject(chosen)?.cluster);
  if (loaded.getCurrentUser() === null) {
    throw danglingContext(chosen, 'user', loaded.getContextObject(chosen)?.user);
  }
  // The library refuses plain http unless TLS checks are off, which mean nothing there.
  const clusters = loaded.clusters.map((entry) =>
    entry.server.startsWith('http:') ? { ...entry, skipTLSVerify: true } : entry,
  );
  const copy = (): KubeConfig => {
    const config = make();
    config.loadFromOptions({
      clusters,
      users: loaded.users,
      contexts: loaded.contexts,
      currentContext: chosen,
    });
    return config;
  };
  const authority = authorityOf(cluster);
  return { context: chosen, server: cluster.server, copy, ...(authority !== undefined && { authority }) };
}

function authorityOf({ caData, caFile }: { caData?: string; caFile?: string }): string | undefined {
  const hash = createHash('sha256');
  try {
    if (caData !== undefined) return hash.update(Buffer.from(caData, 'base64')).digest('hex');
    return caFile === undefined ? undefined : hash.update(readFileSync(caFile)).digest('hex');
  } catch {
    // Whoever connects is told what is wrong with the file.
    return undefined;
  }
}

/** The contexts a kubeconfig names; `undefined` where there is no kubeconfig at all. */
export async function readContexts(
  source: KubeconfigSource,
  env: Readonly<Record<string, string | undefined>> = process.env,
): Promise<{ readonly current?: string; readonly contexts: readonly string[] } | undefined> {
  const library = await import('./kubeconfig-library.ts');
  try {
    const config = readSource(source, () => new library.KubeConfig(), env);
    const current = config.getCurrentContext();
    const contexts = config.getContexts().map((context) => context.name);
    return current ? { current, contexts } : { contexts };
  } catch (error) {
    if (hasCode(error, 'kubeconfig-missing')) return undefined;
    throw error;
  }
}

function readSource(
  source: KubeconfigSource,
  make: () => KubeConfig,
  env: Readonly<Record<string, string | undefined>>,
): KubeConfig {
  switch (source.type) {
    case 'file':
      return readFile(source.path, make);
    case 'text':
      return parse(source.text, 'the given kubeconfig', make);
    case 'default':
      return readDefault(make, env);
    default:
      return source satisfies never;
  }
}

function readDefault(make: () => KubeConfig, env: Readonly<Record<string, string | undefined>>): KubeConfig {
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const candidates = listed.length > 0 ? listed : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
  const present = candidates.filter((path) => existsSync(path));
  const [first, ...others] = present;
  if (first !== undefined) {
    const merged = readFile(first, make);
    for (const path of others) mergeFirstWins(merged, readFile(path, make));
    return merged;
  }
  if (listed.length === 0 && existsSync(serviceAccountToken)) {
    const config = make();
    config.loadFromCluster();
    return config;
  }
  throw new KdevError({
    code: 'kubeconfig-missing',
    fault: 'user',
    what: `There is no kubeconfig at ${candidates.join(' or ')}.`,
    cure: 'Set KUBECONFIG to the file that names your cluster, or let the environment use a box.',
  });
}

function readFile(path: string, make: () => KubeConfig): KubeConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new KdevError({
      code: missing ? 'kubeconfig-missing' : 'kubeconfig-invalid',
      fault: 'user',
      what: `The kubeconfig ${path} cannot be read.`,
      why: `${messageOf(cause)}.`,
      cure: 'Name another file in KUBECONFIG, or correct its permissions.',
      cause,
    });
  }
  const config = parse(text, path, make);
  config.makePathsAbsolute(dirname(path));
  return config;
}

function parse(text: string, from: string, make: () => KubeConfig): KubeConfig {
  if (text.trim() === '') throw invalid(from, 'It is empty.');
  const config = make();
  try {
    config.loadFromString(text);
  } catch (cause) {
    const mark = (cause as { mark?: { line: number; column: number } }).mark;
    throw invalid(
      from,
      `${messageOf(cause).split('\n')[0]}.`,
      mark && `${from}:${mark.line + 1}:${mark.column + 1}`,
    );
  }
  return config;
}

function invalid(from: string, why: string, where?: string): KdevError {
  return new KdevError({
    code: 'kubeconfig-invalid',
    fault: 'user',
    what: `The kubeconfig ${from} is not usable.`,
    why,
    cure: 'Correct the file, or name another one in KUBECONFIG.',
    where: where ?? from,
  });
}

/** As kubectl merges: whatever an earlier file defines stays. */
function mergeFirstWins(into: KubeConfig, from: KubeConfig): void {
  const fresh = <T extends { readonly name: string }>(have: readonly T[], more: readonly T[]): T[] =>
    more.filter((entry) => !have.some((known) => known.name === entry.name));
  into.clusters.push(...fresh(into.clusters, from.clusters));
  into.users.push(...fresh(into.users, from.users));
  into.contexts.push(...fresh(into.contexts, from.contexts));
  if (!into.getCurrentContext()) into.setCurrentContext(from.getCurrentContext());
}

function chooseContext(config: KubeConfig, wanted: string | undefined): string {
  const names = config.getContexts().map((context) => context.name);
  const chosen = wanted ?? config.getCurrentContext();
  if (chosen && names.includes(chosen)) return chosen;
  const list = names.length === 0 ? 'It names no context at all.' : `It names: ${names.join(', ')}.`;
  throw new KdevError({
    code: 'context-unknown',
    fault: 'user',
    what: chosen
      ? `The kubeconfig has no context called "${chosen}".`
      : 'The kubeconfig says no current context.',
    why: list,
    cure: `Choose one with --context ${nearestName(chosen ?? '', names) ?? 'NAME'}.`,
  });
}

function danglingContext(context: string, what: string, name: string | undefined): KdevError {
  return new KdevError({
    code: 'kubeconfig-invalid',
    fault: 'user',
    what: `The context "${context}" refers to the ${what} "${name ?? ''}", which the kubeconfig does not define.`,
    cure: `Add the ${what} to the kubeconfig, or choose another context with --context NAME.`,
  });
}
