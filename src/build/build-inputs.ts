import { createHash } from 'node:crypto';
import type { ImageBuild } from '../core/service.ts';
import type { BuildContext } from './context.ts';

/** Changes whenever equal sources may give another image: the frontend and how it is called. */
const frontend = 'dockerfile.v0 of BuildKit 0.30.0, kdev 1';

/**
 * Digest of everything that goes into an image, hex: equal inputs, equal digest on every machine. `platform` is the
 * one that is built for.
 */
export function digestInputs(
  context: Pick<BuildContext, 'dockerfile' | 'digest'>,
  build: Pick<ImageBuild, 'target' | 'args'>,
  platform: string,
): string {
  const args = Object.entries(build.args).sort(([a], [b]) => (a < b ? -1 : 1));
  const parts = [frontend, platform, build.target ?? '', args, context.dockerfile.text, context.digest];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

/** The tag of an image with those inputs. */
export function tagOfInputs(inputs: string): string {
  return inputs.slice(0, 32);
}

/** `kdev/<project>-<service>`, spelled as registries want it. */
export function repositoryOf(project: string, service: string): string {
  const clean = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^-+|-+$/g, '') || 'unnamed';
  return `kdev/${clean(project)}-${clean(service)}`;
}
