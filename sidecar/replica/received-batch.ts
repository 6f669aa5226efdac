import type { PathProblem } from '../../src/core/replica-facts.ts';
import type { BatchEntry, Ranges } from '../../src/wire/messages.ts';
import type { ContainerFiles } from '../files/container-files.ts';
import type { StagedFile } from '../files/place.ts';

/** A file's content as another one's with some ranges replaced. */
export interface MadeOf {
  readonly path: string;
  /** Of the other one. */
  readonly digest: string;
  readonly ranges: Ranges;
  readonly patch: Uint8Array;
}

/** A batch whose COMMIT has arrived, with its content staged. */
export interface ReceivedBatch {
  readonly seq: number;
  /** Whose content is complete and has its digest. */
  readonly entries: readonly BatchEntry[];
  readonly problems: readonly PathProblem[];
  /** Of the incarnation it was staged in; absent where there was none. */
  readonly files: ContainerFiles | undefined;
  /** Why nothing more could be staged, e.g. `ENOSPC`. */
  readonly full: { readonly code: string; readonly message: string } | undefined;
  /** Hands over the staged content of a file. */
  takeStaged(path: string): StagedFile | undefined;
  /** The content of a staged file once more, for the journal. */
  content(path: string): Iterable<Uint8Array>;
  /** What a staged file was made of, where not all of its content was sent. */
  madeOf(path: string): MadeOf | undefined;
}
