import { sameEntry } from '../core/entry.ts';
import type { LocalEntry } from '../core/ports/watcher.ts';
import { type Look, lookAt } from '../tree/look.ts';
import { type EntryReading, type Observed, readLooked } from '../tree/read-entry.ts';
import { changedAt, sameStamp } from '../tree/stamp.ts';
import { forgetPath } from './forget-path.ts';
import type { DirectoryState, Node } from './live-tree.ts';
import { moveDirectory, noteLeaver } from './move-directory.ts';
import type { Cause } from './pending-hints.ts';
import { restMs } from './resting.ts';
import type { WatchState } from './watch-state.ts';

type LookOf<Type extends Look['type']> = Extract<Look, { type: Type }>;

/** Compares one path with the tree, puts what it finds into the tree and a real change into the outbox. */
export function comparePath(state: WatchState, path: string, cause: Cause): void {
  const look = lookAt(state.absolute(path));
  const node = state.tree.find(path);
  if (cause.change) state.outbox.noteWriting(path);
  if (node !== undefined) noteLostName(state, path, look, node);
  switch (look.type) {
    case 'missing':
      compareMissing(state, path, node, cause);
      break;
    case 'unreadable':
      // A hint alone does not mean that there is such a path.
      if (node !== undefined || cause.walk !== undefined) reportUnreadable(state, path, look.code);
      break;
    case 'special':
      if (node !== undefined) forgetPath(state, path);
      if (state.selection.judge(path, false).member) reportSpecial(state, path, look.what);
      break;
    case 'dir':
      compareDir(state, path, look, node, cause);
      break;
    case 'link':
    case 'file':
      compareLeaf(state, path, look, node, cause);
      break;
    default:
      look satisfies never;
  }
}

function compareMissing(state: WatchState, path: string, node: Node | undefined, cause: Cause): void {
  state.resting.drop(path);
  state.problems.resolvePath(path);
  if (node === undefined) return;
  if (node.dir !== undefined) noteLeaver(state, path, node.dir.identity);
  if (!cause.final && !state.believing) state.resting.add(path);
  else if (state.roots.mayDelete(path)) forgetPath(state, path);
}

function compareDir(
  state: WatchState,
  path: string,
  look: LookOf<'dir'>,
  before: Node | undefined,
  cause: Cause,
): void {
  state.resting.drop(path);
  const moved = before === undefined && moveDirectory(state, path, look.identity);
  const node = moved ? state.tree.find(path) : before;
  const { member, descend } = state.selection.judge(path, true);
  if (!member && !descend) {
    if (node !== undefined) forgetPath(state, path);
    return;
  }
  const same = node?.dir?.identity === look.identity;
  if (node?.dir !== undefined && !same && !state.roots.mayReplace(path)) return;
  const dir: DirectoryState = { identity: look.identity, children: node?.dir?.children ?? new Map() };
  const entry: LocalEntry | undefined = member ? { type: 'dir', mode: look.mode } : undefined;
  if (!state.tree.put(path, { entry, stamp: look.stamp, racy: false, dir })) return;
  if (!sameEntry(node?.entry, entry)) {
    state.outbox.record(path, node?.entry, { at: timeOf(state, look, node, cause), atomic: true });
  }
  if (!same || moved || cause.rename) state.walks.push(path, { deep: true, rewatch: true });
  else if (cause.walk?.deep === true) state.walks.push(path, cause.walk);
  else if (cause.change) state.walks.push(path, { deep: false, rewatch: false });
}

function compareLeaf(
  state: WatchState,
  path: string,
  look: LookOf<'file' | 'link'>,
  node: Node | undefined,
  cause: Cause,
): void {
  if (!state.selection.judge(path, false).member) {
    if (node !== undefined) forgetPath(state, path);
    return;
  }
  if (node?.dir !== undefined && !state.roots.mayDelete(path)) return;
  if (look.type === 'file' && look.links > 1) state.linked.add(look.stamp.ino);
  const sameType = node?.entry?.type === look.type;
  if (sameType && sameStamp(node.stamp, look.stamp) && !node.racy && !state.owed.has(path)) {
    state.resting.drop(path);
    return;
  }
  if (look.type === 'file' && isNewlyEmpty(state, look, node, cause)) {
    state.resting.add(path);
    return;
  }
  if (look.type === 'file' && look.links > 1 && cause.walk === undefined)
    compareOtherNames(state, path, look);
  const known = node === undefined && look.type === 'file' ? state.digests.find(path, look.stamp) : undefined;
  const reading = readLooked(state.absolute(path), look, known);
  if (reading.type === 'large') {
    if (state.large.add(path, reading.look) === 'interrupted') state.resting.add(path);
    return;
  }
  takeReading(state, path, reading, cause);
}

// What was written by a name that is gone or another file's since is known by the other names only.
function noteLostName(state: WatchState, path: string, look: Look, node: Node): void {
  const { ino } = node.stamp;
  if ((look.type === 'file' && look.stamp.ino === ino) || !state.linked.delete(ino)) return;
  state.nameless.add(ino);
  // It may keep its old stamp until its new content rests, and is to be counted once.
  state.tree.put(path, { ...node, stamp: { ...node.stamp, ino: 0n } });
}

// A write to a file with several names hints at the one that was used only.
function compareOtherNames(state: WatchState, path: string, look: LookOf<'file'>): void {
  for (const name of state.tree.namesOf(new Set([look.stamp.ino]))) {
    const stamp = state.tree.find(name)?.stamp;
    if (name !== path && stamp !== undefined && !sameStamp(stamp, look.stamp)) state.compareLater(name);
  }
}

// Editors truncate before they write: an empty file counts when it stays empty.
function isNewlyEmpty(
  state: WatchState,
  look: LookOf<'file'>,
  node: Node | undefined,
  cause: Cause,
): boolean {
  if (look.stamp.size > 0 || cause.final || state.believing) return false;
  if (node?.entry?.type === 'file' && node.entry.size === 0) return false;
  return state.clock.now() - changedAt(look.stamp) < restMs;
}

/** Puts what was read of a file or link into the tree. */
export function takeReading(state: WatchState, path: string, reading: EntryReading, cause: Cause): void {
  switch (reading.type) {
    case 'entry':
      takeEntry(state, path, reading.observed, cause);
      // What the first scan reads is not sent at once, if ever.
      if (reading.content !== undefined && state.outbox.isOpen)
        state.contents.keep(reading.observed.stamp, reading.content);
      break;
    case 'missing':
      compareMissing(state, path, state.tree.find(path), { ...cause, final: false });
      break;
    case 'changing':
      state.resting.add(path);
      break;
    case 'unreadable':
      reportUnreadable(state, path, reading.code);
      break;
    case 'special':
      reportSpecial(state, path, reading.what);
      break;
    default:
      reading satisfies never;
  }
}

function takeEntry(state: WatchState, path: string, observed: Observed, cause: Cause): void {
  state.resting.drop(path);
  state.problems.resolvePath(path);
  const old = state.tree.find(path);
  if (old?.dir !== undefined) forgetPath(state, path);
  const entry: LocalEntry = { ...observed.entry, mode: observed.mode };
  if (!state.tree.put(path, { entry, stamp: observed.stamp, racy: observed.racy })) return;
  const owed = state.owed.delete(path);
  if (sameEntry(old?.entry, entry) && !owed) return;
  // Content that came under this name by a rename shows as a new inode that nobody wrote to since.
  const atomic =
    cause.rename && !cause.change && old?.stamp.ino !== observed.stamp.ino && !isEmptyFile(entry);
  const at = timeOf(state, observed, old, cause);
  state.outbox.record(path, old?.entry, { at, atomic, owed, hinted: cause.walk === undefined });
}

function isEmptyFile(entry: LocalEntry): boolean {
  return entry.type === 'file' && entry.size === 0;
}

// What a walk finds new may have been moved in with its old ctime.
function timeOf(
  state: WatchState,
  { stamp }: Pick<Node, 'stamp'>,
  old: Node | undefined,
  cause: Cause,
): number {
  return cause.walk !== undefined && old === undefined ? state.clock.now() : changedAt(stamp);
}

export function reportUnreadable(state: WatchState, path: string, code: string): void {
  if (state.roots.reportUnreadable(path, code)) return;
  state.problems.report({
    path,
    code: 'unreadable',
    message: `${path} cannot be read (${code}); what the container has of it stays as it is`,
    cure: `Make it readable for the user that runs kdev, or ignore it with a line in .kdevignore.`,
  });
}

function reportSpecial(state: WatchState, path: string, what: string): void {
  state.problems.report({
    path,
    code: 'special-file',
    message: `${path} is a ${what}, which cannot be synced; it is left out`,
    cure: 'Ignore it with a line in .kdevignore to have this said no more.',
  });
}
