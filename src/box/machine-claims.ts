import { access, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { lockFile } from '../artifacts/file-lock.ts';

/** A subnet that a box of this machine holds, in whatever state folder the box is. */
export interface Claim {
  readonly id: string;
  readonly name: string;
  readonly subnet: string;
  /** The box's record; a claim without one is left over and counts no more. */
  readonly record: string;
}

/** Whether this machine passes on packets that are not its own: 0 or 1. */
const forwardingFile = '/proc/sys/net/ipv4/ip_forward';

/** Runs `work` while no other kdev on this machine changes what boxes share. */
export async function withMachine<T>(
  machineDir: string,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  await mkdir(path.join(machineDir, 'boxes'), { recursive: true });
  const lock = await lockFile(path.join(machineDir, 'lock'), { signal });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** All live claims; only inside `withMachine`. */
export async function readClaims(machineDir: string): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (const file of await readdir(path.join(machineDir, 'boxes'))) {
    const claim = JSON.parse(await readFile(path.join(machineDir, 'boxes', file), 'utf8')) as Claim;
    const alive = await access(claim.record).then(
      () => true,
      () => false,
    );
    if (alive) claims.push(claim);
    else await rm(path.join(machineDir, 'boxes', file), { force: true });
  }
  return claims;
}

/** Holds a subnet and lets this machine forward for it; only inside `withMachine`. */
export async function addClaim(
  machineDir: string,
  claim: Claim,
  forwardSwitch = forwardingFile,
): Promise<void> {
  const file = claimFile(machineDir, claim.id);
  await writeFile(file, JSON.stringify(claim));
  const before = (await readFile(forwardSwitch, 'utf8')).trim();
  if (before === '1') return;
  // Kept first, so that whoever removes the last box knows what to put back.
  await writeFile(forwardBefore(machineDir), before);
  await writeFile(forwardSwitch, '1');
}

/** Lets go of a claim and, with the last one, of forwarding where a box had switched it on; idempotent. */
export async function dropClaim(
  machineDir: string,
  id: string,
  forwardSwitch = forwardingFile,
): Promise<void> {
  await rm(claimFile(machineDir, id), { force: true });
  if ((await readClaims(machineDir)).length > 0) return;
  const before = await readFile(forwardBefore(machineDir), 'utf8').catch(() => undefined);
  if (before === undefined) return;
  await writeFile(forwardSwitch, before);
  await rm(forwardBefore(machineDir), { force: true });
}

function claimFile(machineDir: string, id: string): string {
  return path.join(machineDir, 'boxes', `${id}.json`);
}

function forwardBefore(machineDir: string): string {
  return path.join(machineDir, 'ip_forward.before');
}
