import { mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { debianTree } from '../artifacts/debian-tree.ts';
import { goProgram } from '../artifacts/go-program.ts';
import { writeOciImage } from '../artifacts/oci-image.ts';
import { type ProvideOptions, provideArtifact } from '../artifacts/provide-artifact.ts';
import { treeToTar } from '../artifacts/tree-to-tar.ts';
import type { BoxImage } from './box.ts';
import { kubernetesRecipe } from './kubernetes-programs.ts';
import { imagesOf } from './mirror-images.ts';
import { type PreloadedImages, preloadRecipe } from './preloaded-images.ts';
import { ociArchitecture, standInRecipe, standIns } from './stand-ins.ts';

/** Everything of a box that is made once and kept: folders of published artifacts. */
export interface BoxPrograms {
  readonly kubernetes: string;
  readonly coredns: string;
  readonly init: string;
  readonly rootTree: string;
  /** The pause image, the stand-ins, and those that were asked for. */
  readonly images: readonly BoxImage[];
  readonly preloaded: PreloadedImages;
}

export interface BoxProgramsOptions extends ProvideOptions {
  /** The project's `images/box`. */
  readonly sourcesDir: string;
  /** Further images for the mirror. */
  readonly images?: readonly BoxImage[] | (() => Promise<readonly BoxImage[]>);
}

/** The name the runtime asks for each pod's sandbox by. */
export const pauseImage = 'docker.io/kdev/pause:1';

const rootPackages = [
  'etcd-server',
  'containerd',
  'runc',
  'containernetworking-plugins',
  'docker-registry',
  'iptables',
  'conntrack',
  'iproute2',
  'ethtool',
  'socat',
  'procps',
  'kmod',
  'ca-certificates',
];

/** Makes what is not in the cache yet, one after the other: each of them keeps every processor busy by itself. */
export async function provideBoxPrograms(options: BoxProgramsOptions): Promise<BoxPrograms> {
  const { signal, sourcesDir } = options;
  const [kubernetes, coredns, init, pause] = await Promise.all([
    kubernetesRecipe(options),
    goProgram({
      name: 'coredns',
      moduleDir: path.join(sourcesDir, 'coredns'),
      announce: 'compiling CoreDNS (40 MB; 1 minute the first time)',
      signal,
    }),
    goProgram({
      name: 'box-init',
      moduleDir: path.join(sourcesDir, 'init'),
      announce: "compiling a box's first process (7 MB; 10 seconds)",
      signal,
    }),
    goProgram({
      name: 'pause',
      moduleDir: path.join(sourcesDir, 'pause'),
      announce: 'compiling the pause program (2 MB; 5 seconds)',
      signal,
    }),
  ]);
  const rootTree = path.join(await provideArtifact(rootRecipe(), options), 'root');
  const ready = [await pauseBoxImage(pause, options)];
  const others: BoxImage[] = [];
  for (const standIn of standIns) {
    const layoutDir = await provideArtifact(await standInRecipe(standIn), options);
    for (const reference of standIn.references)
      (standIn.preload ? ready : others).push({ reference, layoutDir });
  }
  const asked = await imagesOf(options.images);
  const preload = async (images: readonly BoxImage[], base?: PreloadedImages): Promise<PreloadedImages> => {
    const recipe = await preloadRecipe({ rootTree, images, ...(base === undefined ? {} : { base }) });
    return { dir: await provideArtifact(recipe, options) };
  };
  const base = await preload(ready);
  return {
    init: await provideArtifact(init, options),
    coredns: await provideArtifact(coredns, options),
    kubernetes: await provideArtifact(kubernetes, options),
    rootTree,
    images: [...ready, ...others, ...asked],
    preloaded: asked.length === 0 ? base : await preload(asked, base),
  };
}

async function pauseBoxImage(program: ArtifactRecipe, options: ProvideOptions): Promise<BoxImage> {
  return { reference: pauseImage, layoutDir: await provideArtifact(pauseRecipe(program), options) };
}

function rootRecipe(): ArtifactRecipe {
  return debianTree({
    name: 'box-root',
    announce:
      "making a box's root file system from Debian packages (400 MB, about 100 MB to fetch; 30 seconds)",
    packages: rootPackages,
  });
}

function pauseRecipe(program: ArtifactRecipe): ArtifactRecipe {
  return {
    name: 'pause-image',
    announce: 'making the pause image (1 MB; 5 seconds)',
    inputs: { ...program.inputs, values: ['pause image 1', ...(program.inputs.values ?? [])] },
    make: async ({ into, reporter, signal }) => {
      const tree = path.join(into, 'tree');
      const tar = path.join(into, 'layer.tar');
      await mkdir(tree);
      await program.make({ into: tree, reporter, ...(signal === undefined ? {} : { signal }) });
      await treeToTar({ tree, tar, owner: '0:0', reporter, signal });
      await writeOciImage({
        into,
        layers: [tar],
        config: { Entrypoint: ['/pause'], User: '65535:65535' },
        platform: { os: 'linux', architecture: ociArchitecture() },
        reference: pauseImage,
        reporter,
        signal,
      });
      await rm(tree, { recursive: true });
      await rm(tar);
    },
  };
}
