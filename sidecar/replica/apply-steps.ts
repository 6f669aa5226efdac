import type { PathProblem } from '../../src/core/replica-facts.ts';
import { applyStep, type StepResult } from '../files/apply-step.ts';
import type { ContainerFiles } from '../files/container-files.ts';
import type { OwnSecond } from '../files/own-second.ts';
import type { StagedFile } from '../files/place.ts';
import { removeStaged } from '../files/staged-content.ts';
import type { Step } from '../files/step.ts';
import { Slice } from '../slice.ts';
import type { ManagedPaths } from './managed-paths.ts';
import { noteParents } from './note-parents.ts';
import type { Version } from './version.ts';

export interface StepsToApply {
  readonly steps: readonly Step[];
  readonly versionOf: (step: Step) => Version;
  /** Hands over a file's staged content; from then on it is renamed or removed here. */
  readonly takeStaged: (path: string) => StagedFile | undefined;
  readonly files: ContainerFiles;
  readonly managed: ManagedPaths;
  readonly seconds: OwnSecond;
  /** Wall clock, ms. */
  readonly now: () => number;
}

export interface AppliedSteps {
  readonly problems: readonly PathProblem[];
  /** Paths that stayed what they were. */
  readonly failed: readonly string[];
}

const removed: StepResult = { done: true };

/**
 * Does steps in their order. Each is checked against newer changes when its turn comes, because a small batch may
 * overtake a large one between two of its slices.
 */
export async function applySteps(work: StepsToApply): Promise<AppliedSteps> {
  const problems: PathProblem[] = [];
  const failed: string[] = [];
  /** Files that have got another name: there is nothing left to remove. */
  const moved = new Set<string>();
  const slice = new Slice();
  let next = 0;
  while (next < work.steps.length) {
    if (slice.over) await slice.breathe();
    work.files.use((access) => {
      const chooseMtime = (path: string, presentMs: number | undefined): number =>
        work.seconds.choose(path, presentMs, work.now());
      do {
        const step = work.steps[next];
        next += 1;
        if (step === undefined) return;
        const version = work.versionOf(step);
        if (work.managed.isSuperseded(step.path, version)) continue;
        const staged = step.op === 'file' ? work.takeStaged(step.path) : undefined;
        const isMoved = step.op === 'remove' && moved.has(step.path);
        const result = isMoved ? removed : applyStep(step, { access, staged, chooseMtime });
        if (staged?.moved !== undefined && result.done && 'besidePath' in staged.stage)
          moved.add(staged.stage.besidePath);
        // What a newer change put into a directory that an older one deletes keeps it, and is not foreign.
        if (step.op === 'remove' && result.problem && work.managed.below(step.path).length > 0) continue;
        if (result.problem !== undefined) problems.push(result.problem);
        if (!result.done) {
          failed.push(step.path);
          if (staged !== undefined) removeStaged(access, staged);
        } else if (result.entry === undefined) {
          work.managed.delete(step.path, version);
          work.seconds.settled(step.path);
        } else {
          work.managed.put(step.path, { entry: result.entry, version, stamp: result.stamp });
          noteParents(step.path, version, work);
        }
      } while (!slice.over && !access.crowded);
    });
  }
  return { problems, failed };
}
