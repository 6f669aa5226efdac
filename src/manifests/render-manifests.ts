import { KdevError } from '../core/error.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import type { ManifestSource } from '../core/service.ts';
import { forceNamespace } from './force-namespace.ts';
import { type Kustomize, renderKustomization } from './kustomize.ts';
import { markManaged } from './mark-managed.ts';
import { renderYamlFiles } from './yaml-files.ts';

/**
 * The objects of one environment: rendered, all in its namespace, marked as kdev's, each there once.
 *
 * @param kustomize asked for only when the source is a kustomization
 * @throws `manifest-invalid`, `manifest-missing`, `kustomize-missing`
 */
export async function renderManifests(options: {
  readonly root: string;
  readonly source: ManifestSource;
  readonly namespace: string;
  readonly project: string;
  readonly kustomize: () => Promise<Kustomize>;
  readonly signal?: AbortSignal | undefined;
}): Promise<readonly KubernetesObject[]> {
  const { root, source, namespace, project, signal } = options;
  const rendered =
    source.type === 'kustomize'
      ? await renderKustomization({ root, dir: source.dir, kustomize: await options.kustomize(), signal })
      : await renderYamlFiles({ root, files: source.files });
  const objects = markManaged(forceNamespace(rendered, namespace), project);
  refuseTwins(objects);
  return objects;
}

function refuseTwins(objects: readonly KubernetesObject[]): void {
  const seen = new Set<string>();
  for (const { apiVersion, kind, metadata } of objects) {
    const key = `${apiVersion} ${kind} ${metadata.name}`;
    if (seen.has(key)) {
      throw new KdevError({
        code: 'manifest-invalid',
        fault: 'user',
        what: `The manifests hold ${kind} ${metadata.name} twice.`,
        why: 'In one namespace the second would overwrite the first.',
        cure: 'Remove or rename one of them.',
      });
    }
    seen.add(key);
  }
}
