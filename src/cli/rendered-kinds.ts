import { KdevError } from '../core/error.ts';
import type { Environment, Project } from '../core/service.ts';
import type { Invocation } from './command.ts';
import { renderEnvironment } from './render-environment.ts';

/**
 * The kinds of objects that an environment's manifests hold. Where they cannot be rendered the answer is empty, and a
 * problem says so: taking down must work with broken manifests too.
 *
 * @throws the signal's reason.
 */
export async function kindsOf(
  opened: { readonly project: Project; readonly environment: Environment },
  invocation: Invocation,
): Promise<readonly { readonly apiVersion: string; readonly kind: string }[]> {
  try {
    const objects = await renderEnvironment(opened, invocation);
    return objects.map(({ apiVersion, kind }) => ({ apiVersion, kind }));
  } catch (error) {
    if (!(error instanceof KdevError)) throw error;
    const message = `Only objects of the usual kinds are removed, because the manifests cannot be rendered: ${error.what}`;
    invocation.bus.emit({ event: 'problem', key: 'manifests', code: error.code, message, resolved: false });
    return [];
  }
}
