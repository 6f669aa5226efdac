import path from 'node:path';
import type { ArtifactRecipe } from './artifact.ts';
import { ensureDebianPackages } from './debian-packages.ts';
import { runTool } from './run-tool.ts';

export interface DebianTreeOptions {
  readonly name: string;
  readonly announce: string;
  readonly packages: readonly string[];
  /** @default 'bookworm' */
  readonly suite?: string;
  /**
   * How much comes beside `packages`, in mmdebstrap's words: `minbase` has apt, `essential` only what Debian marks
   * so, `extract` unpacks `packages` and their dependencies without running anything in them.
   * @default 'minbase'
   */
  readonly variant?: 'minbase' | 'essential' | 'extract' | 'custom';
  /** Debian's name for it, e.g. `arm64`; another than the machine's needs the variant `extract`. @default the machine's */
  readonly architecture?: string;
  /** Host files put into the tree after its packages are set up, before the hooks; their bytes go into the key. */
  readonly files?: readonly { readonly from: string; readonly to: string }[];
  /** Shell snippets run after the packages are set up, outside the tree; `$1` is its root. */
  readonly hooks?: readonly string[];
  /** Drop documentation, manual pages and translations, as slim images do. @default true */
  readonly slim?: boolean;
  /** What the artifact's folder holds: the directory `root` or the file `root.tar`. @default 'directory' */
  readonly format?: 'directory' | 'tar';
  /** Anything else the result depends on. */
  readonly values?: readonly string[];
}

/** What every tree needs on the machine; `debian-archive-keyring` lets a derivative check Debian's signatures. */
export const treeMakers = ['mmdebstrap', 'debian-archive-keyring', 'util-linux', 'mount'];

const slimming = ['doc', 'man', 'locale', 'info', 'lintian', 'bash-completion'].map(
  (folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`,
);

/**
 * How to make a Debian root file system out of packages, with the machine's own archive settings left aside. Needs
 * root. Keyed by everything in `options`; the packages' versions are those of the day it is made.
 *
 * @throws KdevError when made: `debian-tree-failed`, or what `ensureDebianPackages` throws.
 */
export function debianTree(options: DebianTreeOptions): ArtifactRecipe {
  const format = options.format ?? 'directory';
  const files = options.files ?? [];
  // Nothing is set up in a tree that is only unpacked, so mmdebstrap skips the later stages there.
  const stage = options.variant === 'extract' ? 'extract' : 'customize';
  const args = [
    '--mode=root',
    `--variant=${options.variant ?? 'minbase'}`,
    `--format=${format}`,
    `--include=${options.packages.join(',')}`,
    // A tree for an image must not carry device nodes: a rootless builder cannot make them.
    '--skip=output/dev,output/mknod',
    ...(options.slim === false ? [] : slimming),
    ...(options.architecture === undefined ? [] : [`--architectures=${options.architecture}`]),
    ...(options.hooks ?? []).map((hook) => `--${stage}-hook=${hook}`),
  ];
  const suite = options.suite ?? 'bookworm';
  return {
    name: options.name,
    announce: options.announce,
    inputs: {
      files: files.map((file) => file.from),
      values: [
        'debian tree',
        suite,
        ...args,
        '',
        ...files.map((file) => file.to),
        '',
        ...(options.values ?? []),
      ],
    },
    make: async ({ into, reporter, signal }) => {
      await ensureDebianPackages(treeMakers, { reporter, signal });
      const target = path.join(into, format === 'tar' ? 'root.tar' : 'root');
      const copies = files.map(({ from, to }) => {
        const inTree = `"$1"${quote(to)}`;
        return `--${stage}-hook=mkdir -p "$(dirname ${inTree})" && cp --preserve=mode ${quote(from)} ${inTree}`;
      });
      await runTool({
        // Its mounts of /dev, /proc and /sys live in namespaces that end with it, so that one that is killed
        // leaves nothing behind that a later removal could walk into.
        command: 'unshare',
        args: [
          '--mount',
          '--pid',
          '--fork',
          '--kill-child',
          '--',
          'mmdebstrap',
          ...copies,
          ...args,
          suite,
          target,
        ],
        env: { ...process.env, LC_ALL: 'C.UTF-8', SOURCE_DATE_EPOCH: '1700000000', TMPDIR: into },
        reporter,
        signal,
        failure: {
          code: 'debian-tree-failed',
          what: `Could not make ${options.name} from Debian packages.`,
          cure: 'See that Debian’s archive can be reached and that there is disk space, then run this again.',
        },
      });
    },
  };
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
