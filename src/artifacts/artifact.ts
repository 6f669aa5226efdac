import type { Reporter } from '../core/reporter.ts';

/** One thing that is slow to make: a compiled program, a base image, a root file system. */
export interface ArtifactRecipe {
  /** Kebab-case, without version, e.g. `kubernetes`; names the folder under the cache. */
  readonly name: string;
  /**
   * Everything that goes in: file paths (their bytes count) and plain strings (versions, flags). Equal inputs,
   * equal artifact; what is not listed here must not change the result.
   */
  readonly inputs: { readonly files?: readonly string[]; readonly values?: readonly string[] };
  /** One line on what is made, how large it is and how long it takes; reported before `make` starts. */
  readonly announce: string;
  /** Makes the artifact inside `into`, an empty folder that is published whole only after this resolves. */
  make(options: {
    readonly into: string;
    readonly reporter: Reporter;
    readonly signal?: AbortSignal;
  }): Promise<void>;
}
