import { KdevError } from '../core/error.ts';
import type { Environment, Project } from '../core/service.ts';
import { renderManifests } from '../manifests/render-manifests.ts';
import type { Invocation } from './command.ts';
import { provideKustomize } from './provide-kustomize.ts';

/**
 * The kinds of objects that an environment's manifests hold. Where they cannot be rendered the answer is empty, and a
 * problem says so: taking down must work with broken manifests too.
 *
 * @throws the signal's reason.
 */
export async function kindsOf(
  { project, environment }: { readonly project: Project; readonly environment: Environment },
  invocation: Invocation,
): Promise<readonly { readonly apiVersion: string; readonly kind: string }[]> {
  const { bus, signal } = invocation;
  try {
    const objects = await renderManifests({
      root: project.root,
      source: environment.manifests,
      namespace: environment.namespace,
      project: project.name,
      kustomize: () => provideKustomize(invocation),
      signal,
    });
    return objects.map(({ apiVersion, kind }) => ({ apiVersion, kind }));
  } catch (error) {
    if (!(error instanceof KdevError)) throw error;
    const message = `Only objects of the usual kinds are removed, because the manifests cannot be rendered: ${error.what}`;
    bus.emit({ event: 'problem', key: 'manifests', code: error.code, message, resolved: false });
    return [];
  }
}
