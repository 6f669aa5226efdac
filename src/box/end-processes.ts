import { open, readdir, readlink } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, killForGood, type ProcessIdentity } from './process-identity.ts';

const kinds = ['mnt', 'net', 'pid'] as const;

/**
 * Kills the first process of a box and everything that entered one of its namespaces. The kernel ends only what is in
 * the process namespace: a program that copies images over the box's network from outside would go on.
 */
export async function endProcesses(first: ProcessIdentity): Promise<void> {
  // Held open, a namespace outlives its processes, and its number is not given to that of another box meanwhile.
  const held = await Promise.all(
    kinds.map((kind) => open(`/proc/${first.pid}/ns/${kind}`).catch(() => undefined)),
  );
  try {
    const ours = await namespacesOf(process.pid);
    const theirs = (await isAlive(first)) ? await namespacesOf(first.pid) : [];
    await killForGood(first);
    await killMembers(theirs.filter((each) => !ours.includes(each)));
  } finally {
    await Promise.all(held.map(async (handle) => handle?.close()));
  }
}

async function killMembers(namespaces: readonly string[]): Promise<void> {
  for (;;) {
    const members = await membersOf(namespaces);
    if (members.length === 0) return;
    for (const pid of members) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself.
      }
    }
    await delay(5);
  }
}

async function membersOf(namespaces: readonly string[]): Promise<readonly number[]> {
  if (namespaces.length === 0) return [];
  const members: number[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)) {
    if ((await namespacesOf(pid)).some((each) => namespaces.includes(each))) members.push(pid);
  }
  return members;
}

/** Such as `net:[4026531840]`; none for a process that has ended, also where nobody has reaped it yet. */
async function namespacesOf(pid: number): Promise<readonly string[]> {
  const links = kinds.map((kind) => readlink(`/proc/${pid}/ns/${kind}`).catch(() => undefined));
  return (await Promise.all(links)).filter((link) => link !== undefined);
}
