import { ancestorsOf } from './ancestors.ts';
import { sameEntry, type TreeEntry } from './entry.ts';
import type { Listed } from './ports/endpoint.ts';

/** What makes one container equal to the local tree, as absolute container paths. */
export interface Reconciliation {
  /** Missing or different there: send. */
  readonly send: readonly string[];
  /** Of those to send, the directories that take the place of something else. */
  readonly replaced: readonly string[];
  /** Equal there, but not known to be kdev's: adopt without sending content. */
  readonly adopt: readonly string[];
  /** There, not here, and known to have come from here: delete. */
  readonly remove: readonly string[];
  /** There, not here, of unknown origin, and below a mapping that deletes what it does not know: delete. */
  readonly stray: readonly string[];
  /** There, not here, and of unknown origin: left alone. */
  readonly foreign: readonly string[];
}

/**
 * The three-way comparison of a first sync: the local tree, the container, and what is known to have come from the
 * local tree (what the agent knows, and `base`: what the image was built from).
 */
export function reconcile(options: {
  readonly local: ReadonlyMap<string, TreeEntry>;
  readonly listed: readonly Listed[];
  /** Whether a path below a mapping was there, because of the local tree, when the image was built. */
  readonly inBase: (path: string) => boolean;
  /** Whether whatever is unknown at a path goes too. */
  readonly isMirrored: (path: string) => boolean;
}): Reconciliation {
  const { local, listed, inBase, isMirrored } = options;
  const there = new Map(listed.map((item) => [item.path, item]));
  const send: string[] = [];
  const replaced: string[] = [];
  const adopt: string[] = [];
  for (const [path, entry] of local) {
    const other = there.get(path);
    if (other === undefined || !sameEntry(entry, other.entry)) {
      send.push(path);
      if (entry.type === 'dir' && other !== undefined) replaced.push(path);
    } else if (!other.known) adopt.push(path);
  }
  const remove: string[] = [];
  const stray: string[] = [];
  const foreign: string[] = [];
  for (const { path, known } of listed) {
    if (local.has(path)) continue;
    if (known || inBase(path)) remove.push(path);
    else if (isMirrored(path)) stray.push(path);
    else foreign.push(path);
  }
  return { send, replaced, adopt, remove, stray, foreign };
}

/** The paths of a set that lie below no other path of it. */
export function outermost(paths: readonly string[]): string[] {
  const set = new Set(paths);
  return paths.filter((path) => !ancestorsOf(path).some((above) => set.has(above)));
}
