import { meaning } from '../core/error.ts';
import type { Cluster, KubernetesObject } from '../core/ports/cluster.ts';
import type { DockerConfig } from './docker-config.ts';

/**
 * What a namespace's pods pull with: first the Secrets that its service account `default` names, then all others of
 * that type. Who may not list Secrets has the named ones only; one that is not there or cannot be read adds nothing,
 * as with the kubelet.
 */
export async function readPullSecrets(options: {
  readonly cluster: Pick<Cluster, 'get' | 'list'>;
  readonly namespace: string;
}): Promise<readonly DockerConfig[]> {
  const { cluster, namespace } = options;
  const account = await find(cluster, {
    apiVersion: 'v1',
    kind: 'ServiceAccount',
    name: 'default',
    namespace,
  });
  const references = (account?.['imagePullSecrets'] ?? []) as readonly { readonly name?: string }[];
  const names = references.flatMap(({ name }) => (name ? [name] : []));
  const named = await Promise.all(
    names.map((name) => find(cluster, { apiVersion: 'v1', kind: 'Secret', name, namespace })),
  );
  const others = await listSecrets(cluster, namespace);
  return [...named, ...others.filter(({ metadata }) => !names.includes(metadata.name))].flatMap((secret) => {
    const config = secret && configOf(secret);
    return config ? [config] : [];
  });
}

function listSecrets(
  cluster: Pick<Cluster, 'list'>,
  namespace: string,
): Promise<readonly KubernetesObject[]> {
  const fieldSelector = 'type=kubernetes.io/dockerconfigjson';
  const secrets = cluster.list({ apiVersion: 'v1', kind: 'Secret', namespace, fieldSelector });
  return secrets.catch(meaning('cluster-forbidden', []));
}

function find(
  cluster: Pick<Cluster, 'get'>,
  reference: Parameters<Cluster['get']>[0],
): Promise<KubernetesObject | undefined> {
  return cluster.get(reference).catch(meaning('cluster-forbidden', undefined));
}

function configOf(secret: KubernetesObject): DockerConfig | undefined {
  const data = secret['data'] as Readonly<Record<string, string>> | undefined;
  const whole = data?.['.dockerconfigjson'];
  const old = data?.['.dockercfg'];
  try {
    if (whole !== undefined) return JSON.parse(decode(whole)) as DockerConfig;
    if (old !== undefined) return { auths: JSON.parse(decode(old)) as NonNullable<DockerConfig['auths']> };
  } catch {
    // The kubelet passes over a Secret that is no JSON, too.
  }
  return undefined;
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString('utf8');
}
