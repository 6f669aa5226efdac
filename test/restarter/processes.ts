import { readdir, readFile } from 'node:fs/promises';

interface Process {
  readonly pid: number;
  readonly state: string;
  readonly parent: number;
  readonly startTime: string;
}

/** One line of /proc, or undefined when there is no such process. */
export async function processOf(pid: number): Promise<Process | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { pid, state: fields[0] ?? '', parent: Number(fields[1]), startTime: fields[19] ?? '' };
}

/** Whether a process runs; a zombie does not. */
export async function isAlive(pid: number): Promise<boolean> {
  const found = await processOf(pid);
  return found !== undefined && found.state !== 'Z' && found.state !== 'X';
}

export async function descendantsOf(root: number): Promise<number[]> {
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const processes = (await Promise.all(names.map((name) => processOf(Number(name))))).filter(
    (found) => found !== undefined,
  );
  const below = [root];
  for (const parent of below) {
    below.push(...processes.filter((found) => found.parent === parent).map((found) => found.pid));
  }
  return below.slice(1);
}

/** Whether a process somewhere below another one is of that program: a shell has begun it, and waits for it. */
export async function runsBelow(pid: number, name: string): Promise<boolean> {
  const names = (await descendantsOf(pid)).map((below) =>
    readFile(`/proc/${below}/comm`, 'utf8').catch(() => ''),
  );
  return (await Promise.all(names)).includes(`${name}\n`);
}

export function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    // It may have ended since it was listed.
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}
