import { readFile } from 'node:fs/promises';
import type { Box } from './box.ts';
import type { BoxFiles } from './box-files.ts';
import type { BoxRecord } from './box-record.ts';
import { brokenComponent, readStatus } from './box-status.ts';
import { ports } from './components.ts';
import { isAlive, readIdentity } from './process-identity.ts';
import { addressesIn, requireBoxSubnet } from './subnet.ts';

/** A box that works, or why it does not, as a phrase that follows "it" ("was never finished"). */
export type BoxHealth =
  | { readonly works: true; readonly box: Box }
  | { readonly works: false; readonly why: string };

export async function boxHealth(files: BoxFiles, record: BoxRecord | undefined): Promise<BoxHealth> {
  if (record === undefined) return { works: false, why: 'was never begun in earnest' };
  const identity = await readIdentity(files.initPid);
  if (identity === undefined || !(await isAlive(identity))) {
    return { works: false, why: record.phase === 'ready' ? 'does not run any more' : 'was never finished' };
  }
  if (record.phase !== 'ready') return { works: false, why: 'was never finished' };
  const broken = brokenComponent(await readStatus(files.status));
  if (broken) return { works: false, why: `is broken: ${broken.phrase}; see ${files.logs}` };
  return { works: true, box: await boxOf(files, record, identity.pid) };
}

export function contextNameOf(name: string): string {
  return `box-${name}`;
}

/** The box's own, which it has while it runs. */
export function addressOf({ subnet }: BoxRecord): string {
  return addressesIn(requireBoxSubnet(subnet)).box;
}

async function boxOf(files: BoxFiles, record: BoxRecord, pid: number): Promise<Box> {
  const address = addressOf(record);
  return {
    name: record.name,
    address,
    kubeconfig: await readFile(files.kubeconfig, 'utf8'),
    contextName: contextNameOf(record.name),
    registry: { host: `${address}:${ports.registry}` },
    mirror: { host: `${address}:${ports.mirror}` },
    pid,
    logDir: files.logs,
    standIns: record.standIns,
  };
}
