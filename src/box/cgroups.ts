import { readdir, rmdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { KdevError, messageOf } from '../core/error.ts';

const root = '/sys/fs/cgroup';
const deadlineMs = 10_000;

/**
 * Removes a box's group below every controller, or from the unified hierarchy; idempotent. Its processes must have
 * ended; the kernel may take a moment to let go of them.
 *
 * @throws KdevError `box-cgroup-busy`.
 */
export async function removeCgroups(name: string): Promise<void> {
  const hierarchies = [root, ...(await childrenOf(root))];
  for (const hierarchy of hierarchies) await removeGroup(path.join(hierarchy, name), Date.now() + deadlineMs);
}

async function removeGroup(group: string, deadline: number): Promise<void> {
  if (
    !(await stat(group).then(
      (found) => found.isDirectory(),
      () => false,
    ))
  )
    return;
  for (const child of await childrenOf(group)) await removeGroup(child, deadline);
  for (;;) {
    try {
      await rmdir(group);
      return;
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return;
      if (Date.now() > deadline) throw busy(group, thrown);
      await delay(10);
    }
  }
}

async function childrenOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(folder, entry.name));
}

function busy(group: string, thrown: unknown): KdevError {
  return new KdevError({
    code: 'box-cgroup-busy',
    fault: 'environment',
    what: `Could not remove the cgroup ${group}.`,
    why: messageOf(thrown),
    cure: `See which processes are in it (cat ${group}/cgroup.procs), end them, and delete the box again.`,
    cause: thrown,
  });
}
