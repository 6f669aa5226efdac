import { copyFile, link, mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { readOciIndex } from '../artifacts/oci-image.ts';
import { removeTree } from '../artifacts/remove-tree.ts';
import { runTool } from '../artifacts/run-tool.ts';
import { silentReporter } from '../core/reporter.ts';
import type { BoxImage } from './box.ts';
import { importImages, type NamedImage } from './import-images.ts';

/** A container runtime's store with images unpacked in it: made once, seen by every box. */
export interface PreloadedImages {
  /** Folder with `containerd` in it, as `/var/lib/containerd` would be. */
  readonly dir: string;
}

const snapshots = 'io.containerd.snapshotter.v1.overlayfs/snapshots';
const blobs = 'io.containerd.content.v1.content/blobs/sha256';
const databases = [
  'io.containerd.metadata.v1.bolt/meta.db',
  'io.containerd.snapshotter.v1.overlayfs/metadata.db',
];

export interface PreloadOptions {
  /** Root file system with the runtime in it. */
  readonly rootTree: string;
  readonly images: readonly BoxImage[];
  /** What these images come on top of, so that images that change often are not unpacked together with those that don't. */
  readonly base?: PreloadedImages;
}

/**
 * How to unpack images ahead of time, with the runtime of the box's own root file system. What takes a new box
 * seconds for each image is then there from the start.
 */
export async function preloadRecipe(options: PreloadOptions): Promise<ArtifactRecipe> {
  const { base, rootTree } = options;
  const images = await importable(options.images);
  const layouts = new Set(images.map((image) => image.layoutDir));
  return {
    name: 'box-images',
    announce: `unpacking ${layouts.size} images for all boxes (10 seconds)`,
    inputs: {
      values: [
        'preloaded 2',
        // Both folders are named by what went into them.
        path.basename(path.dirname(rootTree)),
        base === undefined ? '' : path.basename(base.dir),
        ...images.flatMap((image) => [image.reference, image.digest]),
      ],
    },
    make: async ({ into, reporter, signal }) => {
      const work = path.join(into, 'work');
      const store = path.join(into, 'containerd');
      if (base === undefined) await mkdir(store);
      else await copyStore(base, store);
      await runTool({
        // It ends by itself: whoever is killed while this runs leaves nothing that goes on.
        command: 'unshare',
        args: [...namespaces, 'sh', '-c', importImages(images), 'sh', rootTree, work, store],
        reporter,
        signal,
        failure: { code: 'box-preload-failed', what: 'Could not unpack the images for boxes.' },
      });
      await removeTree(work);
    },
  };
}

const namespaces = ['--mount', '--pid', '--net', '--ipc', '--fork', '--kill-child'];

/** Those for one platform; of several, the runtime's import would take the last one for all, so they are left to be pulled. */
async function importable(
  images: readonly BoxImage[],
): Promise<(NamedImage & { readonly digest: string })[]> {
  const found = [];
  for (const image of images) {
    const [manifest, ...others] = (await readOciIndex(image.layoutDir)).manifests;
    if (manifest === undefined || others.length > 0) continue;
    const named = manifest.annotations?.['io.containerd.image.name'] ?? image.reference;
    found.push({ ...image, named, digest: manifest.digest });
  }
  return found;
}

/** Nothing in a store is ever written to but its databases, so all the rest can be links. */
async function copyStore({ dir }: PreloadedImages, to: string): Promise<void> {
  const from = path.join(dir, 'containerd');
  await runTool({
    command: 'cp',
    args: ['--archive', '--link', from, to],
    reporter: silentReporter,
    failure: { code: 'box-preload-failed', what: `Could not copy ${from}.` },
  });
  for (const database of databases) {
    await rm(path.join(to, database));
    await copyFile(path.join(from, database), path.join(to, database));
  }
}

/** A bind mount of a box. */
interface Bind {
  readonly from: string;
  readonly to: string;
  readonly readOnly: boolean;
}

/**
 * Gives a new box the preloaded images: the small databases are copied, blobs are linked, and the unpacked layers,
 * which nobody ever writes to, are bound into the box.
 *
 * @returns the binds.
 */
export async function preload(preloaded: PreloadedImages, target: string): Promise<readonly Bind[]> {
  const source = path.join(preloaded.dir, 'containerd');
  for (const database of databases) {
    await mkdir(path.dirname(path.join(target, database)), { recursive: true });
    await copyFile(path.join(source, database), path.join(target, database));
  }
  await mkdir(path.join(target, blobs), { recursive: true });
  for (const blob of await readdir(path.join(source, blobs))) {
    const [from, to] = [path.join(source, blobs, blob), path.join(target, blobs, blob)];
    await link(from, to).catch(() => copyFile(from, to));
  }
  const layers = await readdir(path.join(source, snapshots));
  for (const layer of layers) await mkdir(path.join(target, snapshots, layer), { recursive: true });
  return layers.map((layer) => ({
    from: path.join(source, snapshots, layer),
    to: path.join('/var/lib/containerd', snapshots, layer),
    readOnly: true,
  }));
}
