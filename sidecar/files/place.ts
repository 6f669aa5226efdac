import type { Directory } from './directory.ts';
import type { Route } from './mapping-route.ts';

/** A path as the name in its parent directory, which is held open. `.` for a mapping that is a mount of its own. */
export interface Place {
  readonly parent: Directory;
  readonly name: string;
  /** Something of the container's own is mounted right there. */
  readonly isMount: boolean;
}

/** Where a staged file waits. */
export interface StagedFile {
  readonly stage: Route | { readonly besidePath: string };
  readonly name: string;
  /** Its descriptor where it is still open, which saves opening it again; whoever takes it out closes it. */
  handle?: number | undefined;
  /** It is a file of the container that gets another name, and has this stamp as long as it is the one that was read. */
  readonly moved?: string;
}
