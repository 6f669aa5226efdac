import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { Directory } from '../files/directory.ts';
import { errnoOf } from '../files/path-error.ts';

interface ProcessFacts {
  /** Field 22 of /proc/<pid>/stat. */
  readonly startTime: string;
  readonly zombie: boolean;
}

/** proc(5): the command name may hold anything, so fields count from its closing parenthesis. Undefined: no such process. */
function readProcess(pid: number): ProcessFacts | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    // Gone, or hidden from the agent: nobody to speak of either way.
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const startTime = fields[19];
  if (startTime === undefined) return undefined;
  return { startTime, zombie: fields[0] === 'Z' || fields[0] === 'X' };
}

/** Whether that very process still lives; a pid is used again, its start time is not. */
export function isRunning(process: { readonly pid: number; readonly startTime: string }): boolean {
  const facts = readProcess(process.pid);
  return facts !== undefined && !facts.zombie && facts.startTime === process.startTime;
}

/**
 * Why the kernel does not let the agent into a process's root directory, with every fact that its check
 * (ptrace(2), "Ptrace access mode checking") looks at; undefined when it does.
 */
export function whyRootIsClosed(pid: number): string | undefined {
  try {
    Directory.open(`/proc/${pid}/root`).close();
    return undefined;
  } catch (thrown) {
    const facts = [
      `agent: ${credentials('self')}`,
      `app: ${credentials(String(pid))}`,
      `user namespaces: ${link('self', 'ns/user')} and ${link(String(pid), 'ns/user')}`,
      `dumpable: ${dumpable(pid)}`,
      `security module: ${text('self', 'attr/current')} and ${text(String(pid), 'attr/current')}`,
    ];
    return (
      `The agent may not enter the container’s file system (${errnoOf(thrown) ?? String(thrown)} on /proc/${pid}/root). ` +
      `The sidecar needs the app’s uid and gid and at least its capabilities. ${facts.join('; ')}.`
    );
  }
}

function credentials(pid: string): string {
  const status = text(pid, 'status');
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.replaceAll('\t', '/') ?? '?';
  return `uid ${field('Uid')}, gid ${field('Gid')}, capabilities ${field('CapPrm')} permitted ${field('CapEff')} effective`;
}

/** A process that is not dumpable has its /proc files owned by root, whoever it runs as (proc(5)). */
function dumpable(pid: number): string {
  try {
    return statSync(`/proc/${pid}/stat`).uid === 0 ? 'no, or root’s' : 'yes';
  } catch (thrown) {
    return errnoOf(thrown) ?? '?';
  }
}

function link(pid: string, name: string): string {
  try {
    return readlinkSync(`/proc/${pid}/${name}`);
  } catch (thrown) {
    return errnoOf(thrown) ?? '?';
  }
}

function text(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').trim();
  } catch (thrown) {
    return errnoOf(thrown) ?? '?';
  }
}
