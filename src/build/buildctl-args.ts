import type { ImageBuild } from '../core/service.ts';

/**
 * The arguments of `buildctl build` beyond its sources, for an image pushed as `name`
 * (`registry/repository:tag`).
 */
export function buildctlArgs(options: {
  readonly build: Pick<ImageBuild, 'target' | 'args'>;
  readonly dockerfile: { readonly name: string; readonly text: string };
  readonly platform: string;
  readonly name: string;
}): string[] {
  const { build, dockerfile, name, platform } = options;
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
    `type=image,"name=${name},${name.replace(/:[^:/]*$/, ':latest')}",push=true,oci-mediatypes=true,compression=zstd,compression-level=1`, '--export-cache', 'type=inline', '--import-cache', `type=registry,ref=${name.replace(/:[^:/]*$/, ':latest')}`,
  ];
}

/** A syntax line that asks for a stable Dockerfile 1.x, which the builder's own frontend is. */
const builtInSyntax = /^#\s*syntax\s*=\s*(?:docker\.io\/)?docker\/dockerfile:1(?:\.\d+){0,2}\s*$/im;
