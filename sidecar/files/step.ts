import { ancestorsOf } from '../../src/core/ancestors.ts';

/** One thing to do to one path; `src/wire`'s batch entries with everything implied spelled out. */
export type Step =
  | {
      readonly op: 'file';
      readonly path: string;
      readonly size: number;
      readonly exec: boolean;
      readonly digest: string;
      readonly mode: number;
    }
  | { readonly op: 'link'; readonly path: string; readonly target: string }
  | { readonly op: 'dir'; readonly path: string; readonly mode: number }
  /** A file, a link, or a directory that is empty by then. */
  | { readonly op: 'remove'; readonly path: string };

/**
 * What blocks a later step goes first, children before parents; then directories, parents before children; then
 * files and links; then what else goes, children before parents. So a reader finds the new before it misses the old.
 */
export function orderSteps(steps: readonly Step[]): Step[] {
  const above = new Set<string>();
  /** Nothing of the old can be below these when new content comes. */
  const leaves = new Set<string>();
  for (const step of steps) {
    if (step.op === 'remove') continue;
    if (step.op !== 'dir') leaves.add(step.path);
    addAncestors(step.path, above);
  }
  // A directory that is made anew goes with all that is in it first.
  for (const { op, path } of steps) if (op === 'remove' && above.has(path)) leaves.add(path);
  const isBelowLeaf = memoByParent((parents) => parents.some((parent) => leaves.has(parent)));
  const blocking: Step[] = [];
  const directories: Step[] = [];
  const contents: Step[] = [];
  const rest: Step[] = [];
  for (const step of steps) {
    if (step.op === 'dir') directories.push(step);
    else if (step.op !== 'remove') contents.push(step);
    else if (above.has(step.path) || isBelowLeaf(step.path)) blocking.push(step);
    else rest.push(step);
  }
  return [
    ...byDepth(blocking).reverse().flat(),
    ...byDepth(directories).flat(),
    ...contents,
    ...byDepth(rest).reverse().flat(),
  ];
}

/** Every path above one joins the set; where one is in it, those above that are, too. */
function addAncestors(path: string, above: Set<string>): void {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const parent = path.slice(0, end);
    if (above.has(parent)) return;
    above.add(parent);
  }
}

/** Asks once for all paths of a directory. */
function memoByParent(decide: (ancestors: readonly string[]) => boolean): (path: string) => boolean {
  const known = new Map<string, boolean>();
  return (path) => {
    const parent = path.slice(0, path.lastIndexOf('/'));
    const decided = known.get(parent) ?? decide(ancestorsOf(path));
    known.set(parent, decided);
    return decided;
  };
}

function byDepth(steps: readonly Step[]): Step[][] {
  const found: Step[][] = [];
  for (const step of steps) {
    const depth = depthOf(step.path);
    while (found.length <= depth) found.push([]);
    found[depth]?.push(step);
  }
  return found;
}

function depthOf(path: string): number {
  let depth = 0;
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) depth += 1;
  return depth;
}
