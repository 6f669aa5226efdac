import { homedir } from 'node:os';
import path from 'node:path';
import { cacheRoot } from '../artifacts/cache-root.ts';
import { createBuilder } from '../build/builder.ts';
import { holderWords } from '../compose/holder-words.ts';
import { kdevNamespace } from '../core/kdev-namespace.ts';
import type { ImageBuilder } from '../core/ports/builder.ts';
import type { Cluster } from '../core/ports/cluster.ts';
import type { RegistryProvider } from '../core/ports/registry.ts';
import type { Environment, Project } from '../core/service.ts';
import { createBuildLeases } from '../gc/build-leases.ts';
import { imageNames } from '../images/image-names.ts';
import type { Invocation } from './command.ts';
import { openRegistry } from './open-registry.ts';

/** The builder of an environment's cluster, with the registry that it pushes to; nothing is asked or made yet. */
export function openBuilder(options: {
  readonly cluster: Cluster;
  readonly project: Project;
  readonly environment: Environment;
  readonly invocation: Pick<Invocation, 'surroundings'>;
  /** @default the environment's, with nothing known of it yet */
  readonly registry?: RegistryProvider;
}): ImageBuilder {
  const { cluster, project, invocation } = options;
  const { env } = invocation.surroundings;
  const cacheDir = cacheRoot(env);
  return createBuilder({
    cluster,
    project: project.name,
    image: imageNames.builder,
    ...project.builder,
    registry: options.registry ?? openRegistry(options),
    layersDir: path.join(cacheDir, 'build-layers'),
    basesDir: path.join(cacheDir, 'base-digests'),
    contextsDir: path.join(cacheDir, 'digests'),
    leases: createBuildLeases({
      cluster,
      namespace: project.builder.namespace,
      ensureNamespace: async () => {
        await cluster.apply(kdevNamespace(project.builder.namespace), { force: true });
      },
      words: holderWords(project.root),
    }),
    machine: { env, home: env['HOME'] ?? homedir() },
  });
}
