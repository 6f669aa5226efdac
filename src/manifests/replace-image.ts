import type { KubernetesObject } from '../core/ports/cluster.ts';
import { podSpecOf, type RenderedContainer, withPodSpec } from './workload.ts';

/** An image reference without tag and digest: `registry:5000/team/app`. */
export function imageName(reference: string): string {
  const [name = ''] = reference.split('@');
  const slash = name.lastIndexOf('/');
  const colon = name.indexOf(':', slash + 1);
  return colon < 0 ? name : name.slice(0, colon);
}

/**
 * Puts a built image in the place of another, in every container of every object that names it (an init container
 * that migrates the database runs the same image as its app).
 *
 * @param image compared by name; tag and digest do not count
 */
export function replaceImage(
  objects: readonly KubernetesObject[],
  options: { readonly image: string; readonly reference: string },
): readonly KubernetesObject[] {
  const wanted = imageName(options.image);
  const replace = (container: RenderedContainer): RenderedContainer =>
    container.image !== undefined && imageName(container.image) === wanted
      ? { ...container, image: options.reference }
      : container;
  return objects.map((object) => {
    const spec = podSpecOf(object);
    if (!spec?.containers) return object;
    return withPodSpec(object, {
      ...spec,
      containers: spec.containers.map(replace),
      ...(spec.initContainers && { initContainers: spec.initContainers.map(replace) }),
    });
  });
}
