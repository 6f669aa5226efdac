import { type Aside, moveAside, removeAside } from '../files/move-aside.ts';
import type { Step } from '../files/step.ts';
import { Slice } from '../slice.ts';
import { type AppliedSteps, applySteps, type StepsToApply } from './apply-steps.ts';
import type { Version } from './version.ts';

/**
 * Applies the steps of a batch, and of directories that go with a lot in them the whole at once: they are moved
 * aside and emptied when nobody waits for it any more. Where that cannot be, they go path by path.
 */
export async function applyPlan(
  work: Omit<StepsToApply, 'steps'>,
  plan: { readonly steps: readonly Step[]; readonly whole: readonly string[]; readonly version: Version },
): Promise<AppliedSteps> {
  const { steps, whole, version } = plan;
  if (whole.length === 0) return applySteps({ ...work, steps });
  const parts = new Map(whole.map((path): [string, Step[]] => [path, []]));
  const others: Step[] = [];
  for (const step of steps) (partOf(step, parts) ?? others).push(step);
  const first = await applySteps({ ...work, steps: others });
  const results = [first];
  for (const [path, part] of parts) {
    // Parents before children: nothing is known of what a newer change put there meanwhile.
    const known = new Set(part.map((step) => step.path));
    const isKnown = (below: string): boolean =>
      known.has(below) && !work.managed.isSuperseded(below, version);
    const mayGo = part.every(({ op }) => op === 'remove') && work.managed.below(path).every(isKnown);
    const aside =
      mayGo && isKnown(path) ? work.files.use((access) => moveAside(access, path, isKnown)) : undefined;
    if (aside === undefined) results.push(await applySteps({ ...work, steps: part }));
    else await forget(work, aside, part, version);
  }
  return {
    problems: results.flatMap(({ problems }) => problems),
    failed: results.flatMap(({ failed }) => failed),
  };
}

/** The steps at and below a directory that goes as a whole. */
function partOf({ path }: Step, parts: ReadonlyMap<string, Step[]>): Step[] | undefined {
  const own = parts.get(path);
  if (own !== undefined) return own;
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const part = parts.get(path.slice(0, end));
    if (part !== undefined) return part;
  }
  return undefined;
}

async function forget(
  { managed, seconds, files }: Omit<StepsToApply, 'steps'>,
  aside: Aside,
  part: readonly Step[],
  version: Version,
): Promise<void> {
  const slice = new Slice();
  for (const { path } of part) {
    if (slice.over) await slice.breathe();
    if (managed.isSuperseded(path, version)) continue;
    managed.delete(path, version);
    seconds.settled(path);
  }
  const known = new Set(part.map(({ path }) => path));
  void removeAside(files, aside, (path) => known.has(path));
}
