import path from 'node:path';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { goProgram } from '../artifacts/go-program.ts';
import { builderBase } from './builder-base.ts';
import type { ImageMaker } from './image-maker.ts';
import { imageNames } from './image-names.ts';
import { imageRecipe } from './image-recipe.ts';
import type { RootEntry } from './root-layer.ts';

const buildkitPrograms = [
  {
    name: 'buildkitd',
    package: 'github.com/moby/buildkit/cmd/buildkitd',
    announce: 'compiling BuildKit 0.30 for the builder (60 MB, about 90 s)',
  },
  {
    name: 'buildctl',
    package: 'github.com/moby/buildkit/cmd/buildctl',
    announce: 'compiling buildctl (40 MB, about 10 s)',
  },
  {
    name: 'rootlesskit',
    package: 'github.com/rootless-containers/rootlesskit/v2/cmd/rootlesskit',
    announce: 'compiling rootlesskit (10 MB, about 5 s)',
  },
];

/** See images/builder/README.md for what runs in it and as whom. */
export async function builderImage(maker: ImageMaker): Promise<ArtifactRecipe> {
  const sources = path.join(maker.root, 'images', 'builder');
  const common = { arch: maker.architecture, signal: maker.signal };
  const top: RootEntry[] = [];
  for (const program of buildkitPrograms) {
    const recipe = await goProgram({ ...program, ...common, moduleDir: path.join(sources, 'buildkit') });
    const dir = await maker.provide(recipe);
    top.push({ path: `/usr/bin/${program.name}`, file: path.join(dir, program.name), mode: 0o755 });
  }
  const helper = await goProgram({
    name: 'kdev-build',
    moduleDir: path.join(sources, 'kdev-build'),
    announce: 'compiling the builder’s side of the build lane (2 MB, a few seconds)',
    ...common,
  });
  const helperDir = await maker.provide(helper);
  top.push({ path: '/usr/bin/kdev-build', file: path.join(helperDir, 'kdev-build'), mode: 0o755 });
  // buildctl asks by it for credentials, and kdev answers: they are in no file of the pod.
  top.push({ path: '/usr/bin/docker-credential-kdev', link: 'kdev-build' });
  top.push({ path: '/etc/kdev-build/docker/config.json', text: '{"credsStore":"kdev"}\n' });
  const baseDir = await maker.provide(builderBase(maker.architecture));
  return imageRecipe({
    name: 'image-builder',
    reference: imageNames.builder,
    architecture: maker.architecture,
    config: {
      Entrypoint: [
        '/usr/bin/rootlesskit',
        '--net=host',
        '--copy-up=/run',
        '/usr/bin/buildkitd',
        '--oci-worker-no-process-sandbox',
        '--root=/var/lib/kdev-builder/buildkit',
        '--addr=unix:///run/kdev-builder/buildkitd.sock',
        '--config=/etc/buildkit/buildkitd.toml',
      ],
      Env: [
        'PATH=/usr/bin:/usr/sbin:/bin',
        'HOME=/home/kdev',
        'XDG_RUNTIME_DIR=/run/user/1000',
        'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt',
      ],
      User: '1000:1000',
      WorkingDir: '/',
    },
    base: path.join(baseDir, 'base.tar'),
    top,
  });
}
