import { statfs } from 'node:fs/promises';
import path from 'node:path';
import { KdevError } from '../core/error.ts';

/** The machine a box is to run on; passed in so that each error can be provoked. */
export interface Host {
  /** As `process.platform`. */
  readonly platform: string;
  /** Effective user id. */
  readonly uid: number;
  /** Free bytes on the file system of a folder. */
  freeBytes(folder: string): Promise<number>;
}

/** A box writes about 300 MB before anything runs in it; images and volumes come on top. */
const boxBytes = 2e9;

export const thisHost: Host = {
  platform: process.platform,
  uid: process.geteuid?.() ?? -1,
  freeBytes: async (folder) => {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  },
};

/**
 * Whether this machine and user can have boxes at all; changes nothing.
 *
 * @throws KdevError `box-needs-linux`, `box-needs-root`.
 */
export function checkHost(host: Host, command: string): void {
  if (host.platform !== 'linux') {
    throw new KdevError({
      code: 'box-needs-linux',
      fault: 'environment',
      what: `A box needs Linux; this is ${host.platform}.`,
      why: 'A box is made of Linux namespaces and cgroups.',
      cure: 'Run kdev in a Linux virtual machine, or use a cluster you have: kdev watch --context NAME.',
    });
  }
  if (host.uid !== 0) {
    throw new KdevError({
      code: 'box-needs-root',
      fault: 'environment',
      what: `Only root can do this; the user id is ${host.uid}.`,
      why: 'A box has network links, mounts and cgroups of its own, which only root may make.',
      cure: `Run: sudo ${command}`,
    });
  }
}

/** @throws KdevError `box-no-space` when the file system of `folder` is too full for a box. */
export async function checkSpace(host: Host, folder: string): Promise<void> {
  const free = await host.freeBytes(await existingParent(folder));
  if (free >= boxBytes) return;
  throw new KdevError({
    code: 'box-no-space',
    fault: 'environment',
    what: `Only ${(free / 1e9).toFixed(1)} GB are free for ${folder}; a box needs ${boxBytes / 1e9} GB.`,
    cure: 'Free some space, or name a folder on another disk in KDEV_STATE_DIR.',
  });
}

async function existingParent(folder: string): Promise<string> {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if (
      await statfs(at).then(
        () => true,
        () => false,
      )
    )
      return at;
  }
}
