import type { Reporter } from '../core/reporter.ts';
import { runTool } from './run-tool.ts';

export interface TreeToTarOptions {
  readonly tree: string;
  /** The tar file to write. */
  readonly tar: string;
  /** Paths relative to the tree, or globs of GNU tar. */
  readonly exclude?: readonly string[];
  /** All files belong to it, as `uid:gid`. @default each file's own ids */
  readonly owner?: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Packs a directory for an image layer: sorted names, one fixed time, so that equal trees give equal bytes. Keeps
 * modes, links and extended attributes (file capabilities live there).
 *
 * @throws KdevError `image-layer-failed`.
 */
export async function treeToTar(options: TreeToTarOptions): Promise<void> {
  const [uid, gid] = (options.owner ?? '').split(':');
  await runTool({
    command: 'tar',
    args: [
      '--create',
      `--file=${options.tar}`,
      `--directory=${options.tree}`,
      '--sort=name',
      '--mtime=@0',
      '--numeric-owner',
      '--format=posix',
      '--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime',
      '--xattrs',
      '--xattrs-include=*',
      ...(uid ? [`--owner=${uid}`, `--group=${gid ?? uid}`] : []),
      ...(options.exclude ?? []).map((pattern) => `--exclude=${pattern}`),
      '.',
    ],
    reporter: options.reporter,
    signal: options.signal,
    failure: { code: 'image-layer-failed', what: `Could not pack ${options.tree}.` },
  });
}
