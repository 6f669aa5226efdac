import { listNames } from '../tree/list-names.ts';
import { lookAt, lookOfError } from '../tree/look.ts';
import { comparePath, reportUnreadable } from './compare-path.ts';
import { joinPath } from './live-tree.ts';
import { restMs } from './resting.ts';
import type { Walk } from './walk-queue.ts';
import type { WatchState } from './watch-state.ts';

/**
 * Compares the names of one directory with the tree, a path a step. Each step looks and applies at once, so hints
 * that are handled between the steps are never undone by what a listing said before them.
 */
export function* compareDirectory(state: WatchState, dir: string, walk: Walk): Generator<void, void, void> {
  const known = state.tree.find(dir)?.dir;
  if (known === undefined || state.roots.isGone(dir)) return;
  if (walk.rewatch || state.unwatched.isWorthTrying(dir)) watchDirectory(state, dir);
  const look = lookAt(state.absolute(dir));
  const names = list(state, dir);
  if (names === undefined || look.type !== 'dir') return;
  state.problems.resolve(dir, 'unreadable');
  const cause = { change: false, rename: false, final: false, walk };
  for (const name of names) {
    comparePath(state, joinPath(dir, name), cause);
    yield;
  }
  // Names that went long enough ago need no further rest.
  const final = state.clock.now() - Number(look.stamp.mtimeNs / 1_000_000n) > 2 * restMs;
  const present = new Set(names);
  for (const name of [...known.children.keys()]) {
    if (present.has(name)) continue;
    comparePath(state, joinPath(dir, name), { ...cause, final });
    yield;
  }
}

function watchDirectory(state: WatchState, dir: string): void {
  if (state.unwatched.isFull) {
    state.unwatched.add(dir);
    return;
  }
  switch (state.hints.add(dir)) {
    case 'watching':
      state.unwatched.drop(dir);
      break;
    case 'limit':
      state.unwatched.add(dir);
      break;
    case 'gone':
      break;
  }
}

function list(state: WatchState, dir: string): readonly string[] | undefined {
  try {
    return listNames(state.absolute(dir));
  } catch (thrown) {
    const why = lookOfError(thrown);
    if (why.type === 'unreadable') reportUnreadable(state, dir, why.code);
    else state.resting.add(dir);
    return undefined;
  }
}
