import type { WatchState } from './watch-state.ts';

/**
 * Takes a path and everything below it out of the tree: they are gone, or belong to it no longer.
 *
 * @param to where all of it is now
 */
export function forgetPath(state: WatchState, path: string, to?: string): void {
  const at = state.clock.now();
  for (const [below, node] of state.tree.walk(path)) {
    state.resting.drop(below);
    state.large.drop(below);
    state.owed.delete(below);
    state.problems.resolvePath(below);
    if (node.dir !== undefined) {
      state.hints.remove(below);
      state.unwatched.drop(below);
    }
    if (node.entry === undefined) continue;
    const movedTo = to === undefined ? undefined : to + below.slice(path.length);
    state.outbox.record(below, node.entry, { at, atomic: false, movedTo });
  }
  state.tree.remove(path);
}
