import { readFile } from 'node:fs/promises';
import { endianness, networkInterfaces } from 'node:os';
import { KdevError } from '../core/error.ts';
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

/** What the host itself reaches: its addresses, its routes (the default one aside) and its name servers. */
export async function hostSubnets(): Promise<UsedSubnet[]> {
  const [routes, resolvConf] = await Promise.all([readFile('/proc/net/route', 'utf8'), readResolvConf()]);
  const used = routesOf(routes);
  for (const [device, addresses] of Object.entries(networkInterfaces())) {
    for (const { cidr, family } of addresses ?? []) {
      const subnet = family === 'IPv4' && cidr !== null ? parseSubnet(cidr) : undefined;
      if (subnet) used.push({ subnet, by: `the device ${device}` });
    }
  }
  for (const [, address] of resolvConf.matchAll(/^nameserver\s+(\S+)/gm)) {
    const subnet = parseSubnet(address ?? '');
    if (subnet) used.push({ subnet, by: 'the name server of this machine' });
  }
  return used;
}

/** The lines of /proc/net/route: numbers in hexadecimal, in the byte order of the processor. */
export function routesOf(table: string): UsedSubnet[] {
  const used: UsedSubnet[] = [];
  for (const line of table.split('\n').slice(1)) {
    const [device, destination, , , , , , mask] = line.trim().split(/\s+/);
    if (destination === undefined || mask === undefined) continue;
    const prefix = [...numberOf(mask).toString(2)].filter((bit) => bit === '1').length;
    if (prefix > 0)
      used.push({ subnet: { base: numberOf(destination), prefix }, by: `the route of ${device}` });
  }
  return used;
}

function numberOf(hex: string): number {
  const bytes = Buffer.from(hex, 'hex');
  return endianness() === 'LE' ? bytes.readUInt32LE() : bytes.readUInt32BE();
}

function readResolvConf(): Promise<string> {
  return readFile('/etc/resolv.conf', 'utf8').catch(() => '');
}
