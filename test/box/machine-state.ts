import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { ofTests } from '../of-tests.ts';

/** All that a box may leave on a machine, as sorted lines, so that two states can be compared. */
export type MachineState = Readonly<Record<string, readonly string[]>>;

/**
 * The machine as it is now, without what belongs to other boxes than `ids`: other tests and people have boxes too,
 * and those come and go meanwhile. Whether the machine forwards is theirs as well; forwarding.test.ts asks that apart.
 */
export function machineState(ids: readonly string[]): MachineState {
  const foreign = (line: string): boolean => {
    const named = [...line.matchAll(/kdev(?:_box_|-box-)?([0-9a-f]{8})\b/g)].map(([, id]) => id ?? '');
    return named.length > 0 && !named.some((id) => ids.includes(id));
  };
  const processes = readProcesses().filter((each) => !foreign(each.cgroup));
  const state = {
    processes: processes.filter((each) => each.cgroup.includes('kdev-box-')).map((each) => each.command),
    networkNamespaces: [...new Set(processes.map((each) => each.network))],
    links: lines('ip', ['-brief', 'link']).map((line) => line.split(/\s+/)[0]?.split('@')[0] ?? ''),
    mounts: readFileSync('/proc/self/mountinfo', 'utf8').split('\n').map(withoutIds),
    cgroups: lines('find', ['/sys/fs/cgroup', '-maxdepth', '2', '-type', 'd']),
    loopDevices: readdirSync('/sys/block').filter((name) => name.startsWith('loop') && isAttached(name)),
    firewall: firewallRules(),
  };
  return Object.fromEntries(
    Object.entries(state).map(([kind, each]) => [
      kind,
      each.filter((line) => line !== '' && !foreign(line)).sort(),
    ]),
  );
}

function readProcesses(): { readonly command: string; readonly cgroup: string; readonly network: string }[] {
  const found = [];
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // A process that ended and waits for its parent to notice holds nothing any more.
      if (/\) [ZX] /.test(stat)) continue;
      if (readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(ofTests)) continue;
      found.push({
        command: readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').slice(0, 200),
        cgroup: readFileSync(`/proc/${pid}/cgroup`, 'utf8'),
        network: readlinkSync(`/proc/${pid}/ns/net`),
      });
    } catch {
      // It ended while it was looked at.
    }
  }
  return found;
}

/** Mount and parent numbers, which are handed out anew. */
function withoutIds(line: string): string {
  return line.split(' ').slice(2).join(' ');
}

function isAttached(loop: string): boolean {
  try {
    return readFileSync(`/sys/block/${loop}/loop/backing_file`, 'utf8') !== '';
  } catch {
    return false; // no file behind it
  }
}

/** One line a table with all that is in it, counters aside. */
function firewallRules(): string[] {
  const tables = lines('nft', ['--stateless', 'list', 'ruleset'])
    .join('\n')
    .split(/^(?=table )/m);
  return tables.map((table) => table.replaceAll(/\s+/g, ' '));
}

function lines(command: string, args: readonly string[]): string[] {
  try {
    return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split('\n');
  } catch {
    return []; // no such command here yet, so nothing of its kind either
  }
}
