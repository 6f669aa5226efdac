import { mkdir, stat } from 'node:fs/promises';
import { lockFile } from '../artifacts/file-lock.ts';
import { removeTree } from '../artifacts/remove-tree.ts';
import { KdevError } from '../core/error.ts';
import type { Reporter } from '../core/reporter.ts';
import type { BoxPlace } from './box.ts';
import { boxesDir, boxFiles } from './box-files.ts';
import { checkBoxName } from './box-name.ts';
import { recordedNames } from './box-record.ts';
import { checkHost, type Host, thisHost } from './host-checks.ts';
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
  const { name, reporter, signal } = options;
  checkBoxName(name);
  checkHost(options.host ?? thisHost, `kdev box delete ${name}`);
  const files = boxFiles(options, name);
  if (!(await exists(files.dir))) throw unknownBox(name, await recordedNames(options));
  await mkdir(boxesDir(options), { recursive: true });
  const lock = await lockFile(files.lock, {
    signal,
    onWait: () => reporter.step(`waiting for another kdev that works on the box ${name}`),
  });
  try {
    reporter.step(`deleting the box ${name}`);
    await tearDown(options, files);
    await removeTree(files.lock);
  } finally {
    await lock.release();
  }
}

export function unknownBox(name: string, known: readonly string[]): KdevError {
  return new KdevError({
    code: 'box-unknown',
    fault: 'user',
    what: `There is no box ${name}.`,
    why: known.length === 0 ? 'There is no box at all.' : `There are: ${known.join(', ')}.`,
    cure: `Make it: kdev box create ${name}`,
  });
}

function exists(folder: string): Promise<boolean> {
  return stat(folder).then(
    () => true,
    () => false,
  );
}
