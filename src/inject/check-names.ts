import { KdevError } from '../core/error.ts';
import { podLayout } from '../core/pod-layout.ts';
import type { KubernetesObject } from '../core/ports/cluster.ts';
import { isOurs } from './ours.ts';
import { type Container, templateOf } from './pod-template.ts';

/**
 * Refuses an object in which something of the person's has a name or path that kdev needs: it could not be told from
 * kdev's own afterwards.
 *
 * @throws `name-reserved`
 */
export function checkNames(object: KubernetesObject, containers: readonly Container[]): void {
  const template = templateOf(object);
  const { spec } = template;
  const found: string[] = [];
  const look = (what: string, names: readonly string[], reserved: (name: string) => boolean): void => {
    found.push(...names.filter(reserved).map((name) => `${what} "${name}"`));
  };
  const named = (list: readonly { readonly name: string }[] | null | undefined): readonly string[] =>
    (list ?? []).map(({ name }) => name);

  look('volume', named(spec.volumes), isOurs.volume);
  look('init container', named(spec.initContainers), isOurs.initContainer);
  look('container', named(spec.containers), isOurs.initContainer);
  look('annotation', Object.keys(template.metadata?.annotations ?? {}), isOurs.templateAnnotation);
  look('annotation', Object.keys(object.metadata.annotations ?? {}), isOurs.annotation);
  for (const container of containers) {
    look(`variable of container ${container.name}`, named(container.env), isOurs.env);
    const paths = (container.volumeMounts ?? []).map(({ mountPath }) => mountPath.replace(/\/+$/, ''));
    look(`mount of container ${container.name} at`, paths, isReservedPath);
  }
  if (found.length === 0) return;
  throw new KdevError({
    code: 'name-reserved',
    fault: 'user',
    what: `${object.kind} ${object.metadata.name} uses names that kdev needs for itself: ${found.join(', ')}.`,
    cure: 'Rename them in the manifest.',
  });
}

function isReservedPath(path: string): boolean {
  return path === podLayout.sharedDir || path.startsWith(`${podLayout.sharedDir}/`);
}
