import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { ArtifactRecipe } from '../artifacts/artifact.ts';
import { type OciRunConfig, writeOciImage } from '../artifacts/oci-image.ts';
import { removeTree } from '../artifacts/remove-tree.ts';
import { treeToTar } from '../artifacts/tree-to-tar.ts';
import type { ImageArchitecture } from './image-architecture.ts';
import { putIntoRoot, type RootEntry } from './root-layer.ts';

export interface ImageRecipeOptions {
  /** Kebab-case name of the artifact. */
  readonly name: string;
  readonly reference: string;
  readonly architecture: ImageArchitecture;
  readonly config: OciRunConfig;
  /** A finished tar below, from another artifact: its path contains that artifact's key. */
  readonly base?: string;
  /** What goes on top; files are named by paths that contain an artifact's key, or listed in `sources`. */
  readonly top: readonly RootEntry[];
  /** Files of `top` that come from kdev's own tree: their bytes go into the key. */
  readonly sources?: readonly string[];
}

/** How to make one of kdev's images: the artifact's folder is an OCI image layout. */
export function imageRecipe(options: ImageRecipeOptions): ArtifactRecipe {
  const { architecture, base, config, name, reference, top } = options;
  const sources = options.sources ?? [];
  const portable = top.map((entry) =>
    'file' in entry
      ? { ...entry, file: sources.includes(entry.file) ? 'source' : artifactName(entry.file) }
      : entry,
  );
  return {
    name,
    announce: `putting together the image ${reference}`,
    inputs: {
      files: sources,
      values: [
        'kdev image',
        reference,
        architecture,
        base ? artifactName(base) : '',
        JSON.stringify([portable, config]),
      ],
    },
    make: async ({ into, reporter, signal }) => {
      const root = path.join(into, 'root');
      const tar = path.join(into, 'top.tar');
      await mkdir(root);
      await putIntoRoot(root, top);
      await treeToTar({ tree: root, tar, owner: '0:0', reporter, signal });
      await writeOciImage({
        into,
        layers: base === undefined ? [tar] : [base, tar],
        config,
        platform: { os: 'linux', architecture },
        reference,
        reporter,
        signal,
      });
      await removeTree(root);
      await removeTree(tar);
    },
  };
}

/** `<name>/<key>/<file>` of a path inside the cache: equal content, equal name, wherever the cache lies. */
function artifactName(file: string): string {
  return file.split(path.sep).slice(-3).join('/');
}
