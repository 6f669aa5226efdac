import { homedir } from 'node:os';
import path from 'node:path';
import { stateRoot } from '../box/state-root.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { RegistryProvider } from '../core/ports/registry.ts';
import type { Environment, Project } from '../core/service.ts';
import { createCredentials } from '../credentials/create-credentials.ts';
import { readPullSecrets } from '../credentials/pull-secrets.ts';
import { imageNames } from '../images/image-names.ts';
import { createRegistry } from '../registry/create-registry.ts';
import type { Invocation } from './command.ts';

/** The registry that an environment's images go to; nothing is asked or made yet. */
export function openRegistry(options: {
  readonly cluster: Cluster;
  readonly project: Project;
  readonly environment: Environment;
  readonly invocation: Pick<Invocation, 'surroundings'>;
}): RegistryProvider {
  const { cluster, environment, invocation, project } = options;
  const { env } = invocation.surroundings;
  return createRegistry({
    cluster,
    configured: environment.registry,
    credentials: createCredentials({
      env,
      home: env['HOME'] ?? homedir(),
      pullSecrets: () => readPullSecrets({ cluster, namespace: environment.namespace }),
    }),
    env,
    image: imageNames.registry,
    namespace: project.builder.namespace,
    app: { namespace: environment.namespace, project: project.name },
    proofsDir: path.join(stateRoot(env), 'registries'),
  });
}
