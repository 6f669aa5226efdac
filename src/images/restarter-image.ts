import path from 'node:path';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { goProgram } from '../artifacts/go-program.ts';
import type { ImageMaker } from './image-maker.ts';
import { imageNames } from './image-names.ts';
import { imageRecipe } from './image-recipe.ts';

/** The restarter as a program: the artifact's folder holds `restarter`. */
export function restarterProgram(maker: ImageMaker): Promise<ArtifactRecipe> {
  return goProgram({
    name: 'restarter',
    moduleDir: path.join(maker.root, 'images', 'restarter'),
    announce: 'compiling the restarter (3 MB, a few seconds)',
    arch: maker.architecture,
    signal: maker.signal,
  });
}

export async function restarterImage(maker: ImageMaker): Promise<ArtifactRecipe> {
  const restarterDir = await maker.provide(await restarterProgram(maker));
  return imageRecipe({
    name: 'image-restarter',
    reference: imageNames.restarter,
    architecture: maker.architecture,
    config: { Entrypoint: ['/restarter'], WorkingDir: '/' },
    top: [{ path: '/restarter', file: path.join(restarterDir, 'restarter'), mode: 0o755 }],
  });
}
