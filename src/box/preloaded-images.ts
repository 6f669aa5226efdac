import { copyFile, link, mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { readOciIndex } from '../artifacts/oci-image.ts';
import { removeTree } from '../artifacts/remove-tree.ts';
import { runTool } from '../artifacts/run-tool.ts';
import type { BoxImage } from './box.ts';
import { importImages } from './import-images.ts';

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

/**
 * How to unpack images ahead of time, with the runtime of the box's own root file system. What takes a new box
 * seconds for each image is then there from the start.
 */
export async function preloadRecipe(rootTree: string, images: readonly BoxImage[]): Promise<ArtifactRecipe> {
  const single: {
    readonly reference: string;
    readonly layoutDir: string;
    readonly named: string;
    readonly digest: string;
  }[] = [];
  for (const image of images) {
    const [manifest, ...others] = (await readOciIndex(image.layoutDir)).manifests;
    // One for several platforms is left to be pulled: the runtime's import would take the last for all.
    if (manifest === undefined || others.length > 0) continue;
    const named = manifest.annotations?.['io.containerd.image.name'] ?? image.reference;
    single.push({ ...image, named, digest: manifest.digest });
  }
  return {
    name: 'box-images',
    announce: `unpacking ${new Set(single.map((image) => image.layoutDir)).size} images for all boxes (10 seconds)`,
    inputs: {
      values: ['preloaded 1', rootTree, ...single.flatMap((image) => [image.reference, image.digest])],
    },
    make: async ({ into, reporter, signal }) => {
      const work = path.join(into, 'work');
      const store = path.join(into, 'containerd');
      await mkdir(store);
      await runTool({
        // It ends by itself: whoever is killed while this runs leaves nothing that goes on.
        command: 'unshare',
        args: [
          '--mount',
          '--pid',
          '--net',
          '--ipc',
          '--fork',
          '--kill-child',
          'sh',
          '-c',
          importImages(single),
          'sh',
          rootTree,
          work,
          store,
        ],
        reporter,
        signal,
        failure: { code: 'box-preload-failed', what: 'Could not unpack the images for boxes.' },
      });
      await removeTree(work);
    },
  };
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
