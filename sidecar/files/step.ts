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
    for (const parent of ancestorsOf(step.path)) above.add(parent);
  }
  // A directory that is made anew goes with all that is in it first.
  for (const { op, path } of steps) if (op === 'remove' && above.has(path)) leaves.add(path);
  const blocking: Step[] = [];
  const directories: Step[] = [];
  const contents: Step[] = [];
  const rest: Step[] = [];
  for (const step of steps) {
    if (step.op === 'dir') directories.push(step);
    else if (step.op !== 'remove') contents.push(step);
    else if (above.has(step.path) || ancestorsOf(step.path).some((parent) => leaves.has(parent)))
      blocking.push(step);
    else rest.push(step);
  }
  const deepFirst = (a: Step, b: Step): number => depthOf(b.path) - depthOf(a.path);
  return [
    ...blocking.sort(deepFirst),
    ...directories.sort((a, b) => depthOf(a.path) - depthOf(b.path)),
    ...contents,
    ...rest.sort(deepFirst),
  ];
}

function depthOf(path: string): number {
  let depth = 0;
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) depth += 1;
  return depth;
}
