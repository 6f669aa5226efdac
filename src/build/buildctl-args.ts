import type { BaseImage } from '../core/ports/builder.ts';
import type { BuildCache, ImageBuild } from '../core/service.ts';
import { baseOptions } from './base-options.ts';
import { frontendOf } from './frontend-of.ts';

/**
 * The arguments of `buildctl build` beyond its sources, for an image pushed to `repository` (`registry/path`) with
 * `tag`, and as the one whose layers a builder without a cache of its own starts with.
 */
export function buildctlArgs(options: {
  readonly build: Pick<ImageBuild, 'target' | 'args' | 'cache'>;
  readonly dockerfile: { readonly name: string; readonly text: string };
  readonly platform: string;
  /** Those with a digest are taken by it. @default none are */
  readonly bases?: readonly BaseImage[];
  readonly repository: string;
  readonly tag: string;
  /** A further name that it is pushed by. */
  readonly pushAs?: string | undefined;
  /** Images whose layers it may take over. */
  readonly imports: readonly string[];
}): string[] {
  const { bases = [], build, dockerfile, imports, platform, pushAs, repository, tag } = options;
  const names = [
    `${repository}:${tag}`,
    `${repository}:${layersTag}`,
    ...(pushAs === undefined ? [] : [pushAs]),
  ];
  const frontendOptions = [
    `filename=${dockerfile.name}`,
    `platform=${platform}`,
    ...(build.target === undefined ? [] : [`target=${build.target}`]),
    ...Object.entries(build.args).map(([key, value]) => `build-arg:${key}=${value}`),
    ...baseOptions(bases),
    // Present, it keeps BuildKit from fetching the frontend that a syntax line names.
    ...(frontendOf(dockerfile.text)?.builtIn ? ['cmdline='] : []),
  ];
  return [
    '--frontend',
    'dockerfile.v0',
    ...frontendOptions.flatMap((option) => ['--opt', option]),
    '--output',
    // zstd packs several times faster than gzip, and nodes unpack it faster.
    `type=image,"name=${names.join()}",push=true,oci-mediatypes=true,compression=zstd,compression-level=1`,
    '--export-cache',
    'type=inline',
    ...imports.flatMap((ref) => ['--import-cache', `type=registry,ref=${ref}`]),
    ...exportArgs(build.cache, `${repository}:${cacheTag}`),
  ];
}

/** Layers of all stages, beside those of the image itself. */
function exportArgs(cache: BuildCache | undefined, own: string): string[] {
  const to = cache?.own === true ? own : cache?.to;
  if (to === undefined) return [];
  // A registry that takes no cache is no reason to fail.
  return [
    '--export-cache',
    `type=registry,ref=${to},mode=max,image-manifest=true,compression=zstd,ignore-error=true`,
  ];
}

/** Names the image built last, whose configuration says which step made which layer. */
export const layersTag = 'layers';
/** Names the layers of every stage. */
export const cacheTag = 'cache';
