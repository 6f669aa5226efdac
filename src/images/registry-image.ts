import path from 'node:path';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { goProgram } from '../artifacts/go-program.ts';
import type { ImageMaker } from './image-maker.ts';
import { imageNames } from './image-names.ts';
import { imageRecipe } from './image-recipe.ts';

/** The registry as a program: the artifact's folder holds `kdev-registry`. */
export function registryProgram(
  maker: Pick<ImageMaker, 'architecture' | 'root' | 'signal'>,
): Promise<ArtifactRecipe> {
  return goProgram({
    name: 'kdev-registry',
    moduleDir: path.join(maker.root, 'images', 'registry', 'server'),
    announce: 'compiling the registry (23 MB, about 60 s)',
    arch: maker.architecture,
    signal: maker.signal,
  });
}

/** See images/registry/README.md for what runs in it and as whom. */
export async function registryImage(maker: ImageMaker): Promise<ArtifactRecipe> {
  const programDir = await maker.provide(await registryProgram(maker));
  return imageRecipe({
    name: 'image-registry',
    reference: imageNames.registry,
    architecture: maker.architecture,
    config: { Entrypoint: ['/kdev-registry'], User: '65532:65532', WorkingDir: '/' },
    top: [
      { path: '/kdev-registry', file: path.join(programDir, 'kdev-registry'), mode: 0o755 },
      { path: '/var/lib/kdev-registry', dir: true, mode: 0o755 },
    ],
  });
}
