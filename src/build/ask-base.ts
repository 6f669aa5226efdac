import type { OpenRegistry } from '../core/ports/registry.ts';
import type { ImageName } from './image-name.ts';

/** Where the images without a registry in their name come from. */
const hubHost = 'registry-1.docker.io';

/**
 * Asks for a digest where the builder would pull from: a mirror of `docker.io` first, and the cluster's own registry by
 * whichever of its names. Where a mirror does not have it, the registry that the name says.
 */
export function askBase(
  options: Pick<OpenRegistry, 'registry' | 'images' | 'mirrors' | 'imagesAt'>,
): (image: ImageName, signal: AbortSignal) => Promise<string | undefined> {
  const { registry, images, mirrors, imagesAt } = options;
  const own = new Set([registry.fromPods, registry.fromNodes, registry.fromHere]);
  return async ({ host, repository, tag }, signal) => {
    if (own.has(host)) return images.resolve(repository, tag, signal);
    if (host !== 'docker.io') return imagesAt(host, false).resolve(repository, tag, signal);
    for (const mirror of mirrors) {
      const digest = await imagesAt(mirror, true)
        .resolve(repository, tag, signal)
        .catch(() => undefined); // BuildKit goes on to the next one, too
      if (digest !== undefined) return digest;
    }
    return imagesAt(hubHost, false).resolve(repository, tag, signal);
  };
}
