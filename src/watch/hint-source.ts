/**
 * Where the operating system's word that something may have changed comes from. Nothing is believed: a hint only
 * says where to look. Hints may be missing, doubled, late or wrong; the tree is compared from time to time anyway.
 */
export interface HintSource {
  /**
   * Gives hints for the names directly in a directory from now on; call it before listing the directory, so that
   * nothing slips in between. A directory that is watched already is watched anew: the same path may be another
   * directory. `limit`: the operating system refuses more watches.
   */
  add(dir: string): 'watching' | 'gone' | 'limit';
  remove(dir: string): void;
  /** Resolves when what was added gives hints. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

/** `change`: content or attributes; `rename`: the name came, went or was replaced; `unknown`: any of them. */
export type HintKind = 'change' | 'rename' | 'unknown';

/** `name` absent: something in the directory, or the directory itself. */
export type HintListener = (dir: string, name: string | undefined, kind: HintKind) => void;

export interface HintSourceOptions {
  /** Absolute. */
  readonly root: string;
  readonly onHint: HintListener;
  /** A directory's watch broke; it must be compared and added again. */
  readonly onLost: (dir: string) => void;
  /** Whether a path below the root is worth a watch; for sources that walk by themselves. */
  readonly wanted: (path: string, isDirectory: boolean) => boolean;
}
