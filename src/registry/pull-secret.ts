import { labelValue, managedLabels } from '../core/managed-labels.ts';
import type { Cluster } from '../core/ports/cluster.ts';

/** The app's namespace, and whose app it is. */
export interface AppPlace {
  readonly namespace: string;
  readonly project: string;
}

/** Two projects in one namespace have one each. */
function pullSecretName(project: string): string {
  return `kdev-pull-${labelValue(project)
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, '-')}`;
}

/** Makes or corrects the Secret by which nodes pull from a registry; `kdev down` removes it. */
export async function applyPullSecret(
  cluster: Pick<Cluster, 'apply'>,
  { namespace, project }: AppPlace,
  login: { readonly host: string; readonly username: string; readonly password: string },
): Promise<string> {
  const { host, password, username } = login;
  const name = pullSecretName(project);
  const auth = Buffer.from(`${username}:${password}`).toString('base64');
  const config = JSON.stringify({ auths: { [host]: { username, password, auth } } });
  await cluster.apply(
    {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace, labels: managedLabels(project) },
      type: 'kubernetes.io/dockerconfigjson',
      data: { '.dockerconfigjson': Buffer.from(config).toString('base64') },
    },
    { force: true },
  );
  return name;
}
