import { randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';

/** Who holds a workload, as a colleague wants to read it and as the next session on the same machine can check it. */
export interface LeaseHolder {
  /** Unique for each session. */
  readonly id: string;
  readonly user: string;
  readonly host: string;
  /** The project's folder there. */
  readonly root: string;
  readonly pid: number;
  /** Field 22 of /proc/PID/stat; empty where there is no such thing. */
  readonly startTime: string;
  /** Boot and process namespace, so that the pid means something; empty where that cannot be told. */
  readonly machine: string;
}

export function thisHolder(root: string): LeaseHolder {
  return {
    id: randomUUID(),
    user: userName(),
    host: hostname(),
    root,
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? '',
    machine: machineId(),
  };
}

/** `anna on lena-laptop (/home/anna/shop, process 4711)` */
export function describeHolder({ user, host, root, pid }: LeaseHolder): string {
  return `${user} on ${host} (${root}, process ${pid})`;
}

/** What this machine knows of the holder's process: undefined for one of another machine. */
export function holderLives(holder: LeaseHolder): boolean | undefined {
  if (holder.machine === '' || holder.machine !== machineId()) return undefined;
  return holder.startTime !== '' && startTimeOf(holder.pid) === holder.startTime;
}

/** What another kdev wrote, field by field; undefined for what is none of ours. */
export function parseHolder(text: string | undefined): LeaseHolder | undefined {
  try {
    const json = JSON.parse(text ?? '') as Readonly<Record<string, unknown>>;
    const field = (name: string): string => {
      const value = json[name];
      return typeof value === 'string' ? value : '';
    };
    if (field('id') === '') return undefined;
    return {
      id: field('id'),
      user: field('user'),
      host: field('host'),
      root: field('root'),
      pid: Number(json['pid']) || 0,
      startTime: field('startTime'),
      machine: field('machine'),
    };
  } catch {
    return undefined; // somebody else's annotation
  }
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? '?'}`; // a uid without a passwd entry
  }
}

function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined; // it ended, or this system has no /proc
  }
}

function machineId(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    return ''; // no /proc: only waiting tells whether a holder lives
  }
}
