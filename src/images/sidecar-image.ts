import path from 'node:path';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { goProgram } from '../artifacts/go-program.ts';
import { readAgentBundle } from './agent-bundle.ts';
import type { ImageMaker } from './image-maker.ts';
import { imageNames } from './image-names.ts';
import { imageRecipe } from './image-recipe.ts';
import { nodeProgram } from './node-program.ts';
import { restarterProgram } from './restarter-image.ts';
import { sidecarBase } from './sidecar-base.ts';

export async function sidecarImage(maker: ImageMaker): Promise<ArtifactRecipe> {
  const sources = path.join(maker.root, 'images', 'sidecar');
  const sshdConfig = path.join(sources, 'sshd_config');
  const entryDir = await maker.provide(
    await goProgram({
      name: 'kdev-sidecar',
      moduleDir: sources,
      announce: 'compiling the entry point of the sidecar (2 MB, a few seconds)',
      arch: maker.architecture,
      signal: maker.signal,
    }),
  );
  const restarterDir = await maker.provide(await restarterProgram(maker));
  const nodeDir = await maker.provide(nodeProgram(maker.architecture));
  const baseDir = await maker.provide(sidecarBase(maker.architecture, nodeDir));
  return imageRecipe({
    name: 'image-sidecar',
    reference: imageNames.sidecar,
    architecture: maker.architecture,
    config: {
      Entrypoint: ['/usr/lib/kdev/kdev-sidecar'],
      WorkingDir: '/',
      Env: ['PATH=/usr/bin:/bin', 'HOME=/tmp'],
    },
    base: path.join(baseDir, 'base.tar'),
    top: [
      { path: '/etc/ssh/sshd_config', file: sshdConfig },
      { path: '/usr/lib/kdev/agent.mjs', text: await readAgentBundle(maker.root) },
      { path: '/usr/lib/kdev/restarter', file: path.join(restarterDir, 'restarter'), mode: 0o755 },
      { path: '/usr/lib/kdev/kdev-sidecar', file: path.join(entryDir, 'kdev-sidecar'), mode: 0o755 },
    ],
    sources: [sshdConfig],
  });
}
