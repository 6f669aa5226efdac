import { readFile } from 'node:fs/promises';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { blobPath } from '../artifacts/oci-blob.ts';
import { readOciIndex } from '../artifacts/oci-image.ts';
import { provideArtifact } from '../artifacts/provide-artifact.ts';
import type { Reporter } from '../core/reporter.ts';
import { builderImage } from './builder-image.ts';
import { architectureOf, hostPlatform } from './image-architecture.ts';
import type { ImageMaker } from './image-maker.ts';
import { type ImageName, imageNames } from './image-names.ts';
import { packageRoot } from './package-root.ts';
import { registryImage } from './registry-image.ts';
import { restarterImage } from './restarter-image.ts';
import { sidecarImage } from './sidecar-image.ts';

export interface ProvideImagesOptions {
  /** See `cacheRoot`. */
  readonly cacheDir: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
  /** `linux/amd64` or `linux/arm64`. @default this machine's own */
  readonly platform?: string;
  /** @default what every box has: all but the registry, since a box brings one of its own */
  readonly names?: readonly ImageName[];
}

export interface ProvidedImage {
  /** Full name with tag. */
  readonly reference: string;
  /** OCI image layout; must not be changed. */
  readonly layoutDir: string;
  /** What a node fetches: manifest, configuration and compressed layers. */
  readonly compressedBytes: number;
}

const recipes: Readonly<Record<ImageName, (maker: ImageMaker) => Promise<ArtifactRecipe>>> = {
  restarter: restarterImage,
  sidecar: sidecarImage,
  builder: builderImage,
  registry: registryImage,
};

/**
 * kdev's own images, each made first where it is not in the cache; in the order of `names`.
 *
 * @throws what `provideArtifact` and the makers throw; KdevError `image-platform-unknown`, `package-incomplete`.
 */
export async function provideImages(options: ProvideImagesOptions): Promise<readonly ProvidedImage[]> {
  const maker: ImageMaker = {
    root: packageRoot(),
    architecture: architectureOf(options.platform ?? hostPlatform()),
    signal: options.signal,
    provide: (recipe) => provideArtifact(recipe, options),
  };
  const images: ProvidedImage[] = [];
  for (const name of options.names ?? (['restarter', 'sidecar', 'builder'] as const)) {
    const layoutDir = await maker.provide(await recipes[name](maker));
    images.push({ reference: imageNames[name], layoutDir, compressedBytes: await imageSize(layoutDir) });
  }
  return images;
}

async function imageSize(layoutDir: string): Promise<number> {
  const { manifests } = await readOciIndex(layoutDir);
  let bytes = 0;
  for (const descriptor of manifests) {
    const manifest = JSON.parse(await readFile(blobPath(layoutDir, descriptor.digest), 'utf8')) as {
      readonly config: { readonly size: number };
      readonly layers: readonly { readonly size: number }[];
    };
    bytes += descriptor.size + manifest.config.size;
    for (const layer of manifest.layers) bytes += layer.size;
  }
  return bytes;
}
