import type { ImageBuild } from '../core/service.ts';

/**
 * The arguments of `buildctl build` beyond its sources, for an image pushed to `repository` (`registry/path`) with
 * `tag`, and as the one whose layers a builder without a cache of its own starts with (`importLayers`).
 */
export function buildctlArgs(options: {
  readonly build: Pick<ImageBuild, 'target' | 'args'>;
  readonly dockerfile: { readonly name: string; readonly text: string };
  readonly platform: string;
  readonly repository: string;
  readonly tag: string;
  readonly importLayers: boolean;
}): string[] {
  const { build, dockerfile, importLayers, platform, repository, tag } = options;
  const frontendOptions = [
    `filename=${dockerfile.name}`,
    `platform=${platform}`,
    ...(build.target === undefined ? [] : [`target=${build.target}`]),
    ...Object.entries(build.args).map(([key, value]) => `build-arg:${key}=${value}`),
    // Present, it keeps BuildKit from fetching the frontend that a syntax line names.
    ...(builtInSyntax.test(dockerfile.text) ? ['cmdline='] : []),
  ];
  return [
    '--frontend',
    'dockerfile.v0',
    ...frontendOptions.flatMap((option) => ['--opt', option]),
    '--output',
    // zstd packs several times faster than gzip, and nodes unpack it faster.
    `type=image,"name=${repository}:${tag},${repository}:${layersTag}",push=true,oci-mediatypes=true,compression=zstd,compression-level=1`,
    '--export-cache',
    'type=inline',
    ...(importLayers ? ['--import-cache', `type=registry,ref=${repository}:${layersTag}`] : []),
  ];
}

/** Names the image built last, whose configuration says which step made which layer. */
export const layersTag = 'layers';

/** A syntax line that asks for a stable Dockerfile 1.x, which the builder's own frontend is. */
const builtInSyntax = /^#\s*syntax\s*=\s*(?:docker\.io\/)?docker\/dockerfile:1(?:\.\d+){0,2}\s*$/im;
