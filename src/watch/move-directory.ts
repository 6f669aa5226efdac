import { lookAt } from '../tree/look.ts';
import { forgetPath } from './forget-path.ts';
import type { Node } from './live-tree.ts';
import type { WatchState } from './watch-state.ts';

/** So many directories without a new name are remembered at the most. */
const maxLeavers = 256;

/** A directory of the tree is missing; if it was renamed, it is met again under another name. */
export function noteLeaver(state: WatchState, path: string, identity: string): void {
  if (state.leavers.size >= maxLeavers) state.leavers.clear();
  state.leavers.set(identity, path);
}

/**
 * Takes over what the tree knows of a directory that has a new name, so that none of its files is read again: a
 * rename leaves their stamps as they were, and the comparison that follows looks at each. False, and nothing
 * happens, where it is not known to be such a directory, or where other rules count below its new name.
 */
export function moveDirectory(state: WatchState, to: string, identity: string): boolean {
  const from = state.leavers.get(identity);
  if (from === undefined) return false;
  state.leavers.delete(identity);
  const known = state.tree.find(from);
  if (known?.dir?.identity !== identity || lookAt(state.absolute(from)).type !== 'missing') return false;
  if (!state.roots.mayDelete(from)) return false;
  const moving: (readonly [string, Node])[] = [];
  for (const [path, node] of state.tree.walk(from)) {
    const name = to + path.slice(from.length);
    const { member, descend } = state.selection.judge(name, node.dir !== undefined);
    if (member !== (node.entry !== undefined) || (node.dir !== undefined && !descend)) return false;
    moving.push([name, node]);
  }
  forgetPath(state, from, to);
  const at = state.clock.now();
  for (const [path, node] of moving) {
    const children =
      node.dir === undefined ? {} : { dir: { ...node.dir, children: new Map<string, Node>() } };
    state.tree.put(path, { ...node, ...children });
    if (node.entry !== undefined) state.outbox.record(path, undefined, { at, atomic: true });
  }
  return true;
}
