import { createHash } from 'node:crypto';
import type { ImageBuild } from '../core/service.ts';
import type { BuildContext } from './context.ts';

/** Changes whenever equal sources may give another image: the frontend and how it is called. */
const frontend = 'dockerfile.v0 of BuildKit 0.30.0, kdev 2';

/** Of a build's settings, what an image depends on. Of secrets and ssh agents only which there are, never what is in them. */
interface BuildSettings extends Pick<ImageBuild, 'target' | 'args'> {
  readonly command?: string | readonly string[];
  readonly secrets?: Readonly<Record<string, unknown>>;
  readonly ssh?: readonly string[];
}

/**
 * Digest of everything that goes into an image, hex: equal inputs, equal digest on every machine. `platform` is the
 * one that is built for, `bases` are the digests of the images that it is made from, by name.
 */
export function digestInputs(
  context: Pick<BuildContext, 'dockerfile' | 'digest'>,
  build: BuildSettings,
  platform: string,
  bases: Readonly<Record<string, string>> = {},
): string {
  const { target = '', args, command = '', secrets = {}, ssh = [] } = build;
  const parts = [
    ...[frontend, platform, target, sorted(args), context.dockerfile.text, context.digest],
    ...[sorted(bases), command, Object.keys(secrets).sort(), [...ssh].sort()],
  ];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex');
}

function sorted(values: Readonly<Record<string, string>>): readonly (readonly [string, string])[] {
  return Object.entries(values).sort(([a], [b]) => (a < b ? -1 : 1));
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
