import { rm } from 'node:fs/promises';
import { removeTree } from '../artifacts/remove-tree.ts';
import type { BoxPlace } from './box.ts';
import { type BoxFiles, machineDirOf } from './box-files.ts';
import { removeCgroups } from './cgroups.ts';
import { endProcesses } from './end-processes.ts';
import { disconnectBox } from './host-network.ts';
import { dropClaim, withMachine } from './machine-claims.ts';
import { readIdentity } from './process-identity.ts';

/**
 * Takes away everything of a box, however far its making got: processes, link, rules, cgroups, claim, files, in
 * that order, the record last, so that an interrupted removal can be done again. Idempotent; not to be aborted.
 */
export async function tearDown(place: BoxPlace, files: BoxFiles): Promise<void> {
  const identity = await readIdentity(files.initPid);
  if (identity) await endProcesses(identity);
  await disconnectBox(files);
  await removeCgroups(files.cgroup);
  for (const folder of [files.upper, files.work, files.data, files.logs, files.pki]) await removeTree(folder);
  await withMachine(machineDirOf(place), undefined, async () => {
    await rm(files.record, { force: true });
    await dropClaim(machineDirOf(place), files.id);
  });
  await removeTree(files.dir);
}
