import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

const clockTicks = 100; // a second; what Linux tells programs whatever its own rate is

/** MB that a process has in memory, shared pages included. */
export function residentMb(pid: number): number {
  return kilobytes(`/proc/${pid}/status`, /^VmRSS:\s+(\d+) kB/m) / 1e3;
}

/** Seconds of processor time that a process has used so far. */
export function processorSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / clockTicks;
}

/** MB of a process and everything below it, with shared pages divided among those that share them. */
export function familyMb(ancestor: number): number {
  const parents = new Map(allProcesses().map((pid) => [pid, parentOf(pid)] as const));
  const belongs = (pid: number | undefined): boolean =>
    pid === ancestor || (pid !== undefined && pid !== 0 && belongs(parents.get(pid)));
  const family = [...parents.keys()].filter(belongs);
  return (
    family.reduce((sum, pid) => sum + kilobytes(`/proc/${pid}/smaps_rollup`, /^Pss:\s+(\d+) kB/m), 0) / 1e3
  );
}

/** The process of the same pod whose command line holds a text. */
export function findInPod(pid: number, text: string): number | undefined {
  const pod = namespaceOf(pid);
  return allProcesses().find(
    (each) => namespaceOf(each) === pod && read(`/proc/${each}/cmdline`).includes(text),
  );
}

function allProcesses(): number[] {
  return readdirSync('/proc').map(Number).filter(Number.isInteger);
}

function parentOf(pid: number): number {
  return Number(/^PPid:\s+(\d+)/m.exec(read(`/proc/${pid}/status`))?.[1] ?? 0);
}

function namespaceOf(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch {
    return undefined; // it ended meanwhile
  }
}

function kilobytes(file: string, pattern: RegExp): number {
  return Number(pattern.exec(read(file))?.[1] ?? 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it ended meanwhile
  }
}
