import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** A process for as long as this machine runs: ids are reused, an id with its start time is not. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat, in clock ticks since boot. */
  readonly start: string;
}

/** Reads what `init launch` wrote; undefined where there is no such file. */
export async function readIdentity(file: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const [pid, start] = text.trim().split(' ');
  return pid && start ? { pid: Number(pid), start } : undefined;
}

/** Whether that very process still runs; one that ended and waits to be reaped does not. */
export async function isAlive({ pid, start }: ProcessIdentity): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return false;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[19] === start && !['Z', 'X'].includes(fields[0] ?? '');
}

/** Kills the process, and resolves when it and, if it is the first of a process namespace, all in it are gone. */
export async function killForGood(identity: ProcessIdentity): Promise<void> {
  if (await isAlive(identity)) process.kill(identity.pid, 'SIGKILL');
  // The kernel ends everything in the namespace before its first process becomes a zombie.
  while (await isAlive(identity)) await delay(5);
}
