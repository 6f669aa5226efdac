import { messageOf } from '../../src/core/error.ts';
import type { ContainerProblem, PathProblem } from '../../src/core/replica-facts.ts';
import type { RunCommand } from '../../src/core/run-command.ts';
import type { ContainerFiles } from '../files/container-files.ts';
import { find } from '../files/found.ts';
import type { OwnSecond } from '../files/own-second.ts';
import { errnoOf, PathError, unless } from '../files/path-error.ts';
import type { Step } from '../files/step.ts';
import type { Journal } from '../journal/journal.ts';
import type { Pieces } from '../journal/pieces.ts';
import { applyPlan } from './apply-plan.ts';
import { journalLarge } from './journal-large.ts';
import { isAlive, type Life } from './life.ts';
import type { ManagedPaths } from './managed-paths.ts';
import { isInPlace, planSteps } from './plan-steps.ts';
import type { ReceivedBatch } from './received-batch.ts';
import type { Version } from './version.ts';

export interface CommitOptions {
  readonly life: Life | undefined;
  readonly problem: ContainerProblem | undefined;
  readonly journal: Journal;
  readonly managed: ManagedPaths;
  readonly seconds: OwnSecond;
  readonly now: () => number;
  /** Commands that are owed once the batch is in. */
  readonly runs?: readonly RunCommand[];
}

export type Committed =
  | {
      readonly ok: true;
      readonly problems: readonly PathProblem[];
      readonly wrote: boolean;
      /** Paths that it was about, with what is implied. */
      readonly paths: number;
    }
  | { readonly ok: false; readonly code: string; readonly message: string };

/**
 * What COMMIT sets off: plan → journal → renames and deletes → is the incarnation still the one it was? A batch
 * either stays without any effect or, once journalled, is applied whatever ends meanwhile.
 */
export async function commitBatch(
  batch: ReceivedBatch,
  version: Version,
  options: CommitOptions,
): Promise<Committed> {
  const { life } = options;
  if (life === undefined || !isAlive(life)) return refuse('no-incarnation', 'The container does not run.');
  if (options.problem !== undefined) return { ok: false, ...options.problem };
  if (batch.files !== life.files) {
    return refuse('incarnation-ended', 'The container was restarted while the batch was on its way.');
  }
  if (batch.full !== undefined) return { ok: false, ...batch.full };

  const release = options.journal.hold();
  try {
    return await journalAndApply(batch, version, { ...options, life });
  } finally {
    release();
  }
}

async function journalAndApply(
  batch: ReceivedBatch,
  version: Version,
  options: CommitOptions & { readonly life: Life },
): Promise<Committed> {
  const { life, managed, journal } = options;
  const { fingerprint } = life.restarter.registration;
  let large: ReadonlyMap<string, Pieces>;
  try {
    large = await journalLarge({ batch, journal, fingerprint });
  } catch (thrown) {
    return unjournalled(thrown);
  }
  const plan = planSteps(batch.entries, version, managed);
  const steps = plan.steps.filter((step) => !keepInPlace(step, version, life.files, managed));
  let number: number;
  try {
    const contentOf = (path: string): Iterable<Uint8Array> => batch.content(path);
    journal.adopt(
      plan.adopted.map(({ path, entry }) => ({ path, entry, version })),
      fingerprint,
    );
    number = journal.append(version, steps, contentOf, fingerprint, options.runs, (path) => large.get(path));
  } catch (thrown) {
    return unjournalled(thrown);
  }

  const { problems, failed } = await applyPlan(
    { ...options, files: life.files, versionOf: () => version, takeStaged: (path) => batch.takeStaged(path) },
    { steps, whole: plan.whole, version },
  );
  for (const { path, entry } of plan.adopted) managed.put(path, { entry, version });
  if (failed.length > 0) unless(['ENOSPC', 'EDQUOT'], () => journal.fail(number, failed));
  if (!isAlive(life)) return refuse('incarnation-ended', 'The container ended while the batch was applied.');
  const wrote = steps.length > failed.length;
  return { ok: true, problems: [...batch.problems, ...problems], wrote, paths: plan.steps.length };
}

/** A file that is already what the batch wants is not written again: applying twice is harmless. */
function keepInPlace(step: Step, version: Version, files: ContainerFiles, managed: ManagedPaths): boolean {
  const known = managed.get(step.path);
  if (known?.stamp === undefined || !isInPlace(step, known.entry)) return false;
  const stamp = files.use((access) => {
    try {
      const { parent, name } = access.place(step.path);
      return find(parent.at(name))?.stamp;
    } catch (thrown) {
      if (thrown instanceof PathError || errnoOf(thrown) !== undefined) return undefined;
      throw thrown;
    }
  });
  if (stamp !== known.stamp) return false;
  managed.put(step.path, { ...known, version });
  return true;
}

function unjournalled(thrown: unknown): Committed {
  const message = `The batch could not be written to the journal: ${messageOf(thrown)}.`;
  return refuse(errnoOf(thrown) ?? 'journal', message);
}

function refuse(code: string, message: string): Committed {
  return { ok: false, code, message };
}
