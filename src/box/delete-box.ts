import { stat } from 'node:fs/promises';
import { nearestName } from '../core/did-you-mean.ts';
import { KdevError } from '../core/error.ts';
import type { Reporter } from '../core/reporter.ts';
import type { BoxPlace } from './box.ts';
import { boxFiles } from './box-files.ts';
import { checkBoxName } from './box-name.ts';
import { recordedNames } from './box-record.ts';
import { checkHost, type Host, thisHost } from './host-checks.ts';
import { lockBox } from './lock-box.ts';
import { tearDown } from './tear-down.ts';

export interface DeleteBoxOptions extends BoxPlace {
  readonly name: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal | undefined;
  /** @default this machine */
  readonly host?: Host;
}

/**
 * Ends a box and removes all of it, in whatever state it is.
 *
 * @throws KdevError `box-unknown` (lists those there are), `box-name-invalid`, `box-needs-linux`, `box-needs-root`.
 */
export async function deleteBox(options: DeleteBoxOptions): Promise<void> {
  const { name, reporter } = options;
  checkBoxName(name);
  checkHost(options.host ?? thisHost, `kdev box delete ${name}`);
  const files = boxFiles(options, name);
  if (!(await exists(files.dir))) throw unknownBox(name, await recordedNames(options));
  const lock = await lockBox(options, files, options);
  try {
    reporter.step(`deleting the box ${name}`);
    await tearDown(options, files);
  } finally {
    await lock.release();
  }
}

export function unknownBox(name: string, known: readonly string[]): KdevError {
  const nearest = nearestName(name, known);
  return new KdevError({
    code: 'box-unknown',
    fault: 'user',
    what: `There is no box ${name}.`,
    why: known.length === 0 ? 'There is no box at all.' : `The boxes are ${known.join(', ')}.`,
    cure: `${nearest === undefined ? 'Name another one, or make it' : `Did you mean ${nearest}? Or make it`}: kdev box create ${name}`,
  });
}

function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
