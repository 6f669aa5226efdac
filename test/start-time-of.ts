import { readFileSync } from 'node:fs';

/** Field 22 of /proc/PID/stat, in clock ticks since boot. */
export function startTimeOf(pid: number): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '';
}
