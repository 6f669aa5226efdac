import type { WatchState } from './watch-state.ts';

/** Takes a path and everything below it out of the tree: they are gone, or belong to it no longer. */
export function forgetPath(state: WatchState, path: string): void {
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
    if (node.entry !== undefined) state.outbox.record(below, node.entry, { at, atomic: false });
  }
  state.tree.remove(path);
}
