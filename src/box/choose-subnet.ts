import { readFile } from 'node:fs/promises';
import { runTool } from '../artifacts/run-tool.ts';
import { KdevError } from '../core/error.ts';
import { silentReporter } from '../core/reporter.ts';
import {
  boxPrefix,
  candidateSubnets,
  formatSubnet,
  overlaps,
  parseSubnet,
  requireBoxSubnet,
  type Subnet,
} from './subnet.ts';

/** A network that is in use, and by whom, for the error. */
export interface UsedSubnet {
  readonly subnet: Subnet;
  readonly by: string;
}

/**
 * The subnet asked for, or the first candidate, that nothing in `used` overlaps.
 *
 * @throws KdevError `box-subnet-in-use` (the one asked for overlaps: says with what), `box-subnets-exhausted`.
 */
export function chooseSubnet(wanted: string | undefined, used: readonly UsedSubnet[]): Subnet {
  const conflictOf = (subnet: Subnet): UsedSubnet | undefined =>
    used.find((each) => overlaps(each.subnet, subnet));
  if (wanted !== undefined) {
    const subnet = requireBoxSubnet(wanted);
    const conflict = conflictOf(subnet);
    if (conflict === undefined) return subnet;
    throw new KdevError({
      code: 'box-subnet-in-use',
      fault: 'user',
      what: `The subnet ${wanted} is in use: ${conflict.by} has ${formatSubnet(conflict.subnet)}.`,
      cure: 'Choose another one, or leave the subnet out and kdev finds one.',
    });
  }
  for (const subnet of candidateSubnets()) if (conflictOf(subnet) === undefined) return subnet;
  throw new KdevError({
    code: 'box-subnets-exhausted',
    fault: 'environment',
    what: `Every /${boxPrefix} of 10.213.0.0/16 is in use on this machine.`,
    cure: 'Delete a box (kdev box list), or name a free subnet.',
  });
}

/** What the host itself reaches: its routes (the default one aside) and its name servers. */
export async function hostSubnets(signal: AbortSignal | undefined): Promise<UsedSubnet[]> {
  const { stdout } = await runTool({
    command: 'ip',
    args: ['-json', '-4', 'route', 'show', 'table', 'all'],
    reporter: silentReporter,
    signal,
    failure: { code: 'host-network-failed', what: 'Could not list the routes of this machine.' },
  });
  const routes = JSON.parse(stdout || '[]') as { dst?: string; dev?: string }[];
  const used: UsedSubnet[] = [];
  for (const { dst, dev } of routes) {
    const subnet = dst === undefined ? undefined : parseSubnet(dst);
    if (subnet && subnet.prefix > 0) used.push({ subnet, by: `the route of ${dev ?? 'this machine'}` });
  }
  for (const address of await nameServers()) {
    const subnet = parseSubnet(address);
    if (subnet) used.push({ subnet, by: 'the name server of this machine' });
  }
  return used;
}

async function nameServers(): Promise<string[]> {
  const text = await readFile('/etc/resolv.conf', 'utf8').catch(() => '');
  return [...text.matchAll(/^nameserver\s+(\S+)/gm)].map(([, address]) => address ?? '');
}
