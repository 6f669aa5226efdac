import type { KubernetesObject } from '../core/ports/cluster.ts';
import type { Environment, Project } from '../core/service.ts';
import { renderManifests } from '../manifests/render-manifests.ts';
import type { Invocation } from './command.ts';
import { provideKustomize } from './provide-kustomize.ts';

/**
 * The objects of an environment's manifests, as a command needs them that deploys nothing.
 *
 * @throws what `renderManifests` throws; the signal's reason.
 */
export function renderEnvironment(
  { environment, project }: { readonly environment: Environment; readonly project: Project },
  invocation: Invocation,
): Promise<readonly KubernetesObject[]> {
  return renderManifests({
    root: project.root,
    source: environment.manifests,
    namespace: environment.namespace,
    project: project.name,
    kustomize: () => provideKustomize(invocation),
    signal: invocation.signal,
  });
}
